// SPDX-License-Identifier: Apache-2.0
#pragma once

// The co-simulation: the C++ engines and the RTL side by side on random rounds, one design after
// another, until something differs or enough was compared. What is equal is equal in every cycle.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/rtl/library.h"
#include "platform/cosim/designs.h"
#include "platform/cosim/difference.h"
#include "platform/cosim/rtl_counts.h"
#include "platform/cosim/tlb_coverage.h"
#include "platform/cosim/walk_bench.h"
#include "platform/cosim/walk_coverage.h"

namespace faultline {

/// What is compared if nobody says otherwise, and at least, for the coverage to be judged: walks,
/// and as many operations of L2 TLBs.
inline constexpr std::uint64_t kStandardWalks = 100'000;

struct CosimOptions {
  std::uint64_t seed = 1;
  std::uint64_t walks = kStandardWalks;  ///< for the designs of each unit together
  std::vector<CosimDesign> designs;      ///< in this order
  std::optional<std::uint64_t> round;    ///< only this one, of each design
  RtlLibraryOptions rtl;                 ///< without waves
  std::filesystem::path coverage;        ///< folder for verilator's counts; empty: none are made
};

/// How far a co-simulation is.
struct CosimProgress {
  const CosimDesign& design;
  std::uint64_t done = 0;  ///< of the design's walks or operations
  std::uint64_t of = 0;
};

struct CosimResult {
  /// What was compared of one design. An operation of an L2 TLB counts as a walk.
  struct Part {
    CosimDesign design;
    std::uint64_t rounds = 0;
    std::uint64_t walks = 0;
    Cycles cycles = 0;   ///< simulated
    double seconds = 0;  ///< of the host, without building the design
  };
  struct Failure {
    std::uint64_t round = 0;  ///< of the last part's design
    Difference difference;
  };
  std::vector<Part> parts;
  std::optional<Failure> failure;

  [[nodiscard]] std::uint64_t walks(CosimUnit unit) const;
};

class Cosim {
 public:
  using ShowProgress = std::function<void(const CosimProgress&)>;

  /// To be made before SystemC's simulation starts, once in a process.
  explicit Cosim(CosimOptions options);

  /// Plays all rounds, or those until the first that differs. Throws RtlError if a design cannot be
  /// built.
  [[nodiscard]] CosimResult run(const ShowProgress& progress);
  /// Plays one round once more, with an RTL that writes waves to `path`.
  void trace(const CosimDesign& design, std::uint64_t round, const std::filesystem::path& path);

  /// The tables of the units that were run.
  [[nodiscard]] std::vector<const CoverTable*> coverage() const;

 private:
  /// How one round went.
  struct Played {
    std::uint64_t walks = 0;
    Cycles cycles = 0;
    std::optional<Difference> difference;
  };
  using Play = std::function<Played(std::uint64_t round)>;

  [[nodiscard]] CosimResult::Part run_design(const CosimDesign& design, std::uint64_t walks,
                                             const ShowProgress& progress, CosimResult& result);
  [[nodiscard]] Play prepare(const CosimDesign& design, RtlCounts* counts);
  [[nodiscard]] Played play_walks(const CosimDesign& design, std::uint64_t number,
                                  const RtlLibrary::WalkerMaker& make, WalkCoverage& coverage);
  [[nodiscard]] Played play_tlb(const CosimDesign& design, std::uint64_t number,
                                const RtlLibrary::L2TlbMaker& make, TlbCoverage& coverage);
  [[nodiscard]] RoundKey key(const CosimDesign& design, std::uint64_t number) const {
    return {.seed = options_.seed, .design = design.name, .number = number};
  }

  CosimOptions options_;
  RtlLibrary library_;
  WalkBench bench_{"cosim"};
  WalkCoverage walk_coverage_;
  TlbCoverage tlb_coverage_;
  bool walked_ = false;  // a design of that unit was run
  bool looked_up_ = false;
};

}  // namespace faultline
