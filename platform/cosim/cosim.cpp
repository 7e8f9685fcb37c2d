// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/cosim.h"

#include <chrono>

#include "models/mmu/cpp_l2_tlb.h"
#include "models/mmu/cpp_walk_engine.h"
#include "models/rtl/rtl_l2_tlb.h"
#include "models/rtl/rtl_walk_engine.h"
#include "platform/cosim/tlb_bench.h"

namespace faultline {

namespace {

using Clock = std::chrono::steady_clock;

RtlLibraryOptions with_coverage(RtlLibraryOptions options, bool coverage) {
  options.coverage = coverage;
  return options;
}

std::unique_ptr<WalkEngine> make_cpp(const WalkEngineParts& parts) {
  return std::make_unique<CppWalkEngine>(parts);
}

/// The part of `walks` that a design has among those of its unit, at least 1.
std::uint64_t share_of(const CosimDesign& design, const std::vector<CosimDesign>& all,
                       std::uint64_t walks) {
  std::uint64_t shares = 0;
  for (const CosimDesign& other : all) shares += other.unit == design.unit ? other.share : 0;
  return (walks * design.share + shares - 1) / shares;
}

}  // namespace

std::uint64_t CosimResult::walks(CosimUnit unit) const {
  std::uint64_t sum = 0;
  for (const Part& part : parts) sum += part.design.unit == unit ? part.walks : 0;
  return sum;
}

Cosim::Cosim(CosimOptions options)
    : options_(std::move(options)),
      library_(with_coverage(options_.rtl, !options_.coverage.empty())) {}

CosimResult Cosim::run(const ShowProgress& progress) {
  CosimResult result;
  for (const CosimDesign& design : options_.designs) {
    const std::uint64_t walks = share_of(design, options_.designs, options_.walks);
    result.parts.push_back(run_design(design, walks, progress, result));
    if (result.failure) break;
  }
  return result;
}

CosimResult::Part Cosim::run_design(const CosimDesign& design, std::uint64_t walks,
                                    const ShowProgress& progress, CosimResult& result) {
  CosimResult::Part part{.design = design};
  progress({design, 0, walks});
  RtlCounts counts(options_.coverage / "round.dat");
  const Play play = prepare(design, options_.coverage.empty() ? nullptr : &counts);
  const Clock::time_point start = Clock::now();
  const std::uint64_t first = options_.round.value_or(0);
  do {
    const std::uint64_t number = first + part.rounds++;
    Played played = play(number);
    part.walks += played.walks;
    part.cycles += played.cycles;
    if (played.difference) result.failure = {number, std::move(*played.difference)};
    progress({design, part.walks, walks});
  } while (part.walks < walks && !result.failure && !options_.round);
  part.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (!options_.coverage.empty()) counts.write(options_.coverage / (design.name + ".dat"));
  return part;
}

// Builds the design, and says how one of its rounds is played.
Cosim::Play Cosim::prepare(const CosimDesign& design, RtlCounts* counts) {
  if (design.unit == CosimUnit::Walker) {
    walked_ = true;
    walk_coverage_.begin_design(design.params);
    return [this, &design, counts, load = library_.load_walker(design.params)](std::uint64_t n) {
      const auto make = [&] { return counts != nullptr ? counts->counted(load()) : load(); };
      return play_walks(design, n, make, walk_coverage_);
    };
  }
  looked_up_ = true;
  tlb_coverage_.begin_design(design.params);
  return [this, &design, counts, load = library_.load_l2_tlb(design.params)](std::uint64_t n) {
    const auto make = [&] { return counts != nullptr ? counts->counted(load()) : load(); };
    return play_tlb(design, n, make, tlb_coverage_);
  };
}

Cosim::Played Cosim::play_walks(const CosimDesign& design, std::uint64_t number,
                                const RtlLibrary::WalkerMaker& make, WalkCoverage& coverage) {
  const Round round(key(design, number), design.params);
  coverage.begin_round(round);
  const auto make_rtl = [&](const WalkEngineParts& parts) {
    auto engine = std::make_unique<RtlWalkEngine>(make(), parts, kCosimPeriodPs);
    engine->set_grant_delay(round.temper().grant_cycles);
    engine->set_probe(
        [&coverage](Cycles cycle, const WalkerInputs& inputs, const WalkerOutputs& outputs) {
          coverage.clock(cycle, inputs, outputs);
        });
    return engine;
  };
  Played played;
  played.difference =
      bench_.run(round, design.params, {{{"cpp", make_cpp}, {"rtl", make_rtl}}},
                 [&](const WalkRequest& request, Cycles submitted, const WalkAnswer& answer) {
                   ++played.walks;
                   coverage.walk(request, submitted, answer, bench_.start());
                 });
  played.cycles = bench_.cycles();
  if (!played.difference) coverage.end_round(bench_.statistics());
  bench_.end();
  return played;
}

Cosim::Played Cosim::play_tlb(const CosimDesign& design, std::uint64_t number,
                              const RtlLibrary::L2TlbMaker& make, TlbCoverage& coverage) {
  const TlbParams& params = design.params.l2_tlb;
  const auto make_cpp_tlb = [&](StatGroup& stats) {
    return std::make_unique<CppL2Tlb>(params, stats);
  };
  const auto make_rtl_tlb = [&](StatGroup& stats) {
    return std::make_unique<RtlL2Tlb>(make(), stats, kCosimPeriodPs);
  };
  const auto operations = random_tlb_round(key(design, number), design.params);
  TlbRoundResult result =
      play_tlb_round(operations, {{{"cpp", make_cpp_tlb}, {"rtl", make_rtl_tlb}}}, coverage);
  return {result.operations, result.cycles, std::move(result.difference)};
}

void Cosim::trace(const CosimDesign& design, std::uint64_t round,
                  const std::filesystem::path& path) {
  RtlLibraryOptions options = options_.rtl;
  options.waves = true;
  const RtlLibrary library(options);
  const auto traced = [&path](auto load) {
    return [&path, load] {
      auto module = load();
      module->open_waves(path.string(), kCosimPeriodPs);
      return module;
    };
  };
  if (design.unit == CosimUnit::Walker) {
    WalkCoverage unused;
    unused.begin_design(design.params);
    (void)play_walks(design, round, traced(library.load_walker(design.params)), unused);
  } else {
    TlbCoverage unused;
    (void)play_tlb(design, round, traced(library.load_l2_tlb(design.params)), unused);
  }
}

std::vector<const CoverTable*> Cosim::coverage() const {
  std::vector<const CoverTable*> tables;
  if (walked_) {
    for (const CoverTable& table : walk_coverage_.tables()) tables.push_back(&table);
  }
  if (looked_up_) {
    for (const CoverTable& table : tlb_coverage_.tables()) tables.push_back(&table);
  }
  return tables;
}

}  // namespace faultline
