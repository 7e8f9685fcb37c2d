// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/designs.h"

namespace faultline {

namespace {

MmuParams walker_params(PageTableFormat format, unsigned count, unsigned queue_depth) {
  MmuParams params;
  params.format = format;
  params.walker.engine = Engine::Rtl;
  params.walker.count = count;
  params.walker.queue_depth = queue_depth;
  params.walker.enters = WalkerEntry::Memory;
  return params;
}

CosimDesign walker(std::string name, std::string description, const MmuParams& params,
                   unsigned share = 1) {
  return {std::move(name), CosimUnit::Walker, std::move(description), params, share};
}

std::vector<CosimDesign> walkers() {
  using enum PageTableFormat;
  std::vector<CosimDesign> designs;
  designs.push_back(walker("sv39", "the default machine's walker", walker_params(Sv39, 1, 4)));

  MmuParams sv57 = walker_params(Sv57, 2, 2);
  sv57.walk_cache.level = {{{0, 0}, {8, 2}, {4, 4}, {4, 0}, {2, 0}}};
  sv57.walk_cache.replacement = ReplacementKind::TreePlru;
  designs.push_back(walker("sv57", "two engines, walk caches of all levels, Tree-PLRU", sv57, 3));

  MmuParams sv48 = walker_params(Sv48, 1, 2);
  sv48.walk_cache.level = {{{0, 0}, {8, 4}, {6, 3}, {3, 0}, {0, 0}}};
  sv48.walk_cache.replacement = ReplacementKind::Fifo;
  designs.push_back(walker("sv48", "walk caches of all levels, FIFO", sv48));

  designs.push_back(
      walker("queue", "Sv39, two engines, a queue of one place", walker_params(Sv39, 2, 1)));
  designs.push_back(walker("four", "Sv39, four engines", walker_params(Sv39, 4, 4)));

  MmuParams plain = walker_params(Sv39, 1, 1);
  plain.walk_cache.level = {};
  designs.push_back(walker("plain", "Sv39 without walk caches", plain));

  MmuParams steps = walker_params(Sv39, 1, 3);
  steps.walk_cache.latency_cycles = 3;
  steps.walker.accept_cycles = 2;
  steps.walker.issue_cycles = 5;
  steps.walker.decode_cycles = 4;
  steps.walker.update_cycles = 300;
  steps.walker.respond_cycles = 6;
  designs.push_back(walker("steps", "Sv39, every step of another length", steps));

  MmuParams random = walker_params(Sv39, 3, 2);
  random.walk_cache.level = {{{0, 0}, {8, 2}, {4, 2}, {0, 0}, {0, 0}}};
  random.walk_cache.replacement = ReplacementKind::Random;
  random.walk_cache.seed = 0x1234'5678'9abc'def1;
  designs.push_back(walker("random", "Sv39, three engines, random replacement", random));

  MmuParams letter = walker_params(Sv39, 1, 4);
  letter.walk_cache.address_fence_drops = false;
  letter.walk_cache.level = {{{0, 0}, {0, 0}, {4, 1}, {0, 0}, {0, 0}}};
  designs.push_back(
      walker("letter", "Sv39, fences with an address spare pointers, one walk cache", letter));
  return designs;
}

CosimDesign l2_tlb(std::string name, std::string description, const TlbParams& params,
                   PageTableFormat format) {
  MmuParams all;
  all.format = format;
  all.l2_tlb = params;
  all.l2_tlb_engine = Engine::Rtl;
  return {std::move(name), CosimUnit::L2Tlb, std::move(description), all, 1};
}

std::vector<CosimDesign> l2_tlbs() {
  using enum PageTableFormat;
  using enum ReplacementKind;
  return {
      l2_tlb("tlb-full", "16 entries, fully associative, LRU, Sv57",
             {.entries = 16, .ways = 0, .latency_cycles = 1, .replacement = Lru}, Sv57),
      l2_tlb("tlb", "the default machine's L2 TLB", MmuParams{}.l2_tlb, Sv39),
      l2_tlb("tlb-fifo", "48 entries, 3 ways, FIFO, Sv48",
             {.entries = 48, .ways = 3, .latency_cycles = 2, .replacement = Fifo}, Sv48),
      l2_tlb("tlb-random", "32 entries, 2 ways, random replacement",
             {.entries = 32, .ways = 2, .latency_cycles = 3, .replacement = Random, .seed = 99},
             Sv39),
      l2_tlb("tlb-direct", "16 entries, direct-mapped, Tree-PLRU",
             {.entries = 16, .ways = 1, .latency_cycles = 1, .replacement = TreePlru}, Sv39),
  };
}

}  // namespace

std::vector<CosimDesign> standard_designs() {
  std::vector<CosimDesign> designs = walkers();
  for (CosimDesign& design : l2_tlbs()) designs.push_back(std::move(design));
  return designs;
}

std::vector<CosimDesign> designs_of(const MmuParams& params) {
  std::vector<CosimDesign> designs = {
      {"walker", CosimUnit::Walker, "the configured walker", params, 1}};
  if (params.l2_tlb.entries != 0) {
    designs.push_back({"l2_tlb", CosimUnit::L2Tlb, "the configured L2 TLB", params, 1});
  }
  return designs;
}

}  // namespace faultline
