// SPDX-License-Identifier: Apache-2.0
// The keys of `mmu`.

#include <fmt/format.h>

#include "platform/config/machine_schema.h"

#define PLACE FAULTLINE_PLACE

namespace faultline {

namespace {

constexpr const char* kAssumption = "assumption";

/// The keys of one TLB of at least `least` entries; `tlb` is the way to its TlbParams.
template <typename Place>
void add_tlb(ConfigSchema& schema, const std::string& path, const char* what, unsigned least,
             Place tlb, const char* source) {
  schema.add(
      path + ".entries", integer<unsigned>(least, 65'536), field_of(tlb, &TlbParams::entries),
      {.unit = "entries", .description = fmt::format("{}: entries", what), .source = source});
  schema.add(path + ".ways", integer<unsigned>(0, 65'536), field_of(tlb, &TlbParams::ways),
             {.unit = "ways",
              .description = fmt::format("{}: ways; 0 is fully associative", what),
              .source = source});
  schema.add(path + ".latency_cycles", integer<unsigned>(0, 1000),
             field_of(tlb, &TlbParams::latency_cycles),
             {.unit = "cycles",
              .description = fmt::format("{}: from the lookup to its answer, hit or miss", what),
              .source = kAssumption});
  schema.add(path + ".replacement", replacement_kind(), field_of(tlb, &TlbParams::replacement),
             {.description = fmt::format("{}: replacement policy", what), .source = kAssumption});
  schema.add(path + ".seed", integer<std::uint64_t>(0), field_of(tlb, &TlbParams::seed),
             {.description = fmt::format("{}: seed of the random policy", what)});
}

/// The keys of the walk cache of one level. A level's index is a constant of its place.
template <std::size_t Level>
void add_walk_cache_level(ConfigSchema& schema) {
  const std::string path = fmt::format("mmu.walk_cache.level{}", Level);
  schema.add(path + ".entries", integer<unsigned>(0, 65'536),
             PLACE(mmu.walk_cache.level[Level].entries),
             {.unit = "entries",
              .description = fmt::format("Pointers of level {} that are cached; 0 is none", Level),
              .source = kAssumption});
  schema.add(path + ".ways", integer<unsigned>(0, 65'536), PLACE(mmu.walk_cache.level[Level].ways),
             {.unit = "ways",
              .description = "Ways of that cache; 0 is fully associative",
              .source = kAssumption});
}

void add_walk_cache(ConfigSchema& schema) {
  add_walk_cache_level<1>(schema);
  add_walk_cache_level<2>(schema);
  add_walk_cache_level<3>(schema);
  add_walk_cache_level<4>(schema);
  schema.add("mmu.walk_cache.latency_cycles", integer<unsigned>(0, 1000),
             PLACE(mmu.walk_cache.latency_cycles),
             {.unit = "cycles",
              .description = "One lookup of all walk caches; not spent if none has entries",
              .source = kAssumption});
  schema.add("mmu.walk_cache.replacement", replacement_kind(), PLACE(mmu.walk_cache.replacement),
             {.description = "Replacement policy of the walk caches", .source = kAssumption});
  schema.add("mmu.walk_cache.seed", integer<std::uint64_t>(0), PLACE(mmu.walk_cache.seed),
             {.description = "Seed of the random policy"});
  schema.add(
      "mmu.walk_cache.address_fence_drops", boolean(), PLACE(mmu.walk_cache.address_fence_drops),
      {.description = "sfence.vma with an address drops the pointers on its path too",
       .source =
           "assumption, as x86's INVLPG; RISC-V Privileged 1.12, 4.2.1 asks for leaves only"});
}

/// What a part is built of.
ValueType<Engine> engine() {
  return choice<Engine>({{"cpp", Engine::Cpp}, {"rtl", Engine::Rtl}});
}

void add_walker(ConfigSchema& schema) {
  schema.add("mmu.walker.engine", engine(), PLACE(mmu.walker.engine),
             {.description = "What does the walks, with the queue and the walk caches: the C++ "
                             "model or the verilated RTL, cycle for cycle the same"});
  schema.add("mmu.walker.count", integer<unsigned>(1, 64), PLACE(mmu.walker.count),
             {.unit = "walkers",
              .description = "Walks that can be under way at the same time",
              .source = kAssumption});
  schema.add("mmu.walker.queue_depth", integer<unsigned>(1, 1024), PLACE(mmu.walker.queue_depth),
             {.unit = "requests",
              .description = "Requests that can wait for a walker",
              .source = kAssumption});
  schema.add(
      "mmu.walker.enters",
      choice<WalkerEntry>(
          {{"l1d", WalkerEntry::L1D}, {"l2", WalkerEntry::L2}, {"memory", WalkerEntry::Memory}}),
      PLACE(mmu.walker.enters),
      {.description = "Where the walker's requests enter the memory system",
       .source = "l1d as in Rocket Chip, whose walker is a client of the data cache"});
  const auto step = [&schema](const char* name, auto place, const char* description) {
    schema.add(std::string("mmu.walker.") + name, integer<unsigned>(0, 1000), place,
               {.unit = "cycles", .description = description, .source = kAssumption});
  };
  step("accept_cycles", PLACE(mmu.walker.accept_cycles), "From the queue into a walker");
  step("issue_cycles", PLACE(mmu.walker.issue_cycles),
       "Forming an entry's address, PMP and PMA check");
  step("decode_cycles", PLACE(mmu.walker.decode_cycles), "From a response to the decision");
  step("update_cycles", PLACE(mmu.walker.update_cycles),
       "From the decision to the update of A and D (Svadu)");
  step("respond_cycles", PLACE(mmu.walker.respond_cycles), "From the decision to the TLBs");
}

}  // namespace

void add_mmu_keys(ConfigSchema& schema) {
  constexpr const char* kL1Source = "as SiFive U54: 32 entries, fully associative";
  schema.add("mmu.format",
             choice<PageTableFormat>({{"sv39", PageTableFormat::Sv39},
                                      {"sv48", PageTableFormat::Sv48},
                                      {"sv57", PageTableFormat::Sv57}}),
             PLACE(mmu.format),
             {.description = "Largest page-table format; satp.MODE also takes the smaller ones",
              .source = "RISC-V Privileged 1.12, 4.4 to 4.6"});
  add_tlb(schema, "mmu.l1_itlb", "L1 instruction TLB", 1, PLACE(mmu.l1_itlb), kL1Source);
  add_tlb(schema, "mmu.l1_dtlb", "L1 data TLB", 1, PLACE(mmu.l1_dtlb), kL1Source);
  add_tlb(schema, "mmu.l2_tlb", "Unified L2 TLB (0 entries: none)", 0, PLACE(mmu.l2_tlb),
          "assumption: of the size that application cores of recent years have");
  schema.add("mmu.l2_tlb.engine", engine(), PLACE(mmu.l2_tlb_engine),
             {.description = "The L2 TLB: the C++ model or the verilated RTL, cycle for cycle the "
                             "same"});
  add_walk_cache(schema);
  add_walker(schema);
  schema.add("mmu.check", boolean(), PLACE(mmu.check),
             {.description = "Compare every translation that is used with the page tables; the run "
                             "ends at one that they do not give (a missing fence)"});
}

}  // namespace faultline
