// SPDX-License-Identifier: Apache-2.0
#include "models/rtl/library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "models/mmu/format.h"

namespace faultline {

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

unsigned levels_of(const MmuParams& params) {
  return with_format(params.format, []<typename Format>() { return Format::kLevels; });
}

unsigned real_ways(unsigned entries, unsigned ways) {
  return ways == 0 ? entries : ways;
}

/// A value of replacement_e, which has the numbers of ReplacementKind (tests/rtl/constants_test).
unsigned number_of(ReplacementKind kind) {
  return static_cast<unsigned>(kind);
}

std::string seed_text(std::uint64_t seed) {
  return fmt::format("64'd{}", seed);
}

/// The parameters of rtl/walker.sv.
Words walker_parameters(const MmuParams& params) {
  const WalkerParams& walker = params.walker;
  const WalkCacheParams& walk_cache = params.walk_cache;
  Words words = {
      fmt::format("Levels={}", levels_of(params)),
      fmt::format("Count={}", walker.count),
      fmt::format("QueueDepth={}", walker.queue_depth),
      fmt::format("AcceptCycles={}", walker.accept_cycles),
      fmt::format("LookUpCycles={}", walk_cache.enabled() ? walk_cache.latency_cycles : 1),
      fmt::format("IssueCycles={}", walker.issue_cycles),
      fmt::format("DecodeCycles={}", walker.decode_cycles),
      fmt::format("UpdateCycles={}", walker.update_cycles),
      fmt::format("RespondCycles={}", walker.respond_cycles),
      fmt::format("WcReplace={}", number_of(walk_cache.replacement)),
      fmt::format("WcSeed={}", seed_text(walk_cache.seed)),
      fmt::format("WcAddressFenceDrops={:d}", walk_cache.address_fence_drops)};
  for (unsigned i = 1; i < walk_cache.level.size(); ++i) {
    const auto [entries, ways] = walk_cache.level[i];
    words.push_back(fmt::format("WcEntries{}={}", i, entries));
    words.push_back(fmt::format("WcWays{}={}", i, entries == 0 ? 1 : real_ways(entries, ways)));
  }
  return words;
}

/// The parameters of rtl/tlb.sv.
Words l2_tlb_parameters(const MmuParams& params) {
  const TlbParams& tlb = params.l2_tlb;
  return {fmt::format("Levels={}", levels_of(params)),
          fmt::format("Entries={}", tlb.entries),
          fmt::format("Ways={}", real_ways(tlb.entries, tlb.ways)),
          "Ports=1",
          fmt::format("LatencyCycles={}", tlb.latency_cycles),
          fmt::format("Replace={}", number_of(tlb.replacement)),
          fmt::format("Seed={}", seed_text(tlb.seed))};
}

/// A word for the shell.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

/// Runs rtl/verilate and returns the path that it prints.
fs::path run(const RtlLibraryOptions& options, const char* top, const Words& parameters) {
  if (options.script.empty()) {
    throw RtlError("this build has no RTL (cmake -DFAULTLINE_RTL=ON, which needs verilator)");
  }
  Words words = {options.script.string(), top, "--out", options.designs.string()};
  words.insert(words.end(), parameters.begin(), parameters.end());
  if (!options.sources.empty()) words.insert(words.end(), {"--sources", options.sources.string()});
  if (options.waves) words.emplace_back("--waves");
  if (options.coverage) words.emplace_back("--coverage");
  std::string command;
  for (const std::string& word : words) command += quoted(word) + ' ';

  std::FILE* output = popen((command + "2>&1").c_str(), "r");
  if (output == nullptr) {
    throw RtlError(fmt::format("{}: {}", options.script.string(), std::strerror(errno)));
  }
  constexpr std::string_view kName = "verilate: ";
  constexpr std::string_view kBuilding = "building";
  std::string last;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), output) != nullptr) {
    last = buffer.data();
    while (last.ends_with('\n')) last.pop_back();
    if (last.starts_with(kName)) last.erase(0, kName.size());
    if (last.starts_with(kBuilding) && options.notice) options.notice(last);
  }
  const int status = pclose(output);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw RtlError(fmt::format("the RTL {} cannot be built: {}", top, last));
  }
  return last;
}

/// Loads a design; what calls its one entry.
template <typename Make>
auto load(const fs::path& design, const char* entry) {
  void* library = dlopen(design.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw RtlError(dlerror());
  const auto make = reinterpret_cast<Make>(dlsym(library, entry));
  if (make == nullptr) throw RtlError(dlerror());
  using Module = std::remove_pointer_t<decltype(make())>;
  return [make] { return std::unique_ptr<Module>(make()); };
}

}  // namespace

fs::path RtlLibrary::build_walker(const MmuParams& params) const {
  return run(options_, "walker", walker_parameters(params));
}

fs::path RtlLibrary::build_l2_tlb(const MmuParams& params) const {
  return run(options_, "tlb", l2_tlb_parameters(params));
}

RtlLibrary::WalkerMaker RtlLibrary::load_walker(const MmuParams& params) const {
  return load<MakeWalkerModule>(build_walker(params), "faultline_rtl_walker");
}

RtlLibrary::L2TlbMaker RtlLibrary::load_l2_tlb(const MmuParams& params) const {
  return load<MakeL2TlbModule>(build_l2_tlb(params), "faultline_rtl_tlb");
}

}  // namespace faultline
