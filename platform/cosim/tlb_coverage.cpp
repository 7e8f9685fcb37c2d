// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/tlb_coverage.h"

#include "models/mmu/pte.h"

namespace faultline {

namespace {

enum Table : std::uint8_t { Hits, Fills, Fences, Misses };
enum FillColumn : std::uint8_t { Free, Evicts };
enum Miss : std::uint8_t { Canonical, Outside, Flushed };

constexpr unsigned kMaxLevels = 5;
constexpr unsigned kTranslatedBits = 57;  // of the largest format

bool outside(VirtAddr va) {
  const auto address = static_cast<std::int64_t>(va.value);
  return (address >> (kTranslatedBits - 1)) != (address >> 63);
}

}  // namespace

TlbCoverage::TlbCoverage() {
  CoverTable::Names levels;
  for (unsigned i = 0; i < kMaxLevels; ++i) levels.push_back("level " + std::to_string(i));
  tables_ = {
      {"tlb_hits", "lookups that hit, by the page's level", levels, {"of its ASID", "global"}},
      {"tlb_fills", "pages put in, by their level", levels, {"none evicted", "another evicted"}},
      {"tlb_fences",
       "fences of the L2 TLB, by form",
       {"all", "address", "ASID", "address and ASID"},
       {"drops nothing", "drops entries"}},
      {"tlb_misses",
       "what else happened",
       {"miss", "lookup of an address that no format has", "flush"},
       {"times"}},
  };
}

void TlbCoverage::begin_design(const MmuParams& params) {
  const unsigned levels = levels_of(params.format);
  for (CoverTable& table : tables_) {
    const bool by_level = table.name() == "tlb_hits" || table.name() == "tlb_fills";
    table.widen([&](std::size_t row, std::size_t) {
      return by_level && row >= levels ? Reach::never("the format has fewer levels") : Reach{};
    });
  }
}

void TlbCoverage::operation(const TlbOperation& operation, const std::optional<Leaf>& answer,
                            const TlbStats& before, const TlbStats& after) {
  switch (operation.kind) {
    case TlbOperation::Kind::Lookup:
      if (answer) {
        tables_[Hits].hit(answer->level, (answer->flags & kPteG) != 0 ? 1 : 0);
      } else {
        tables_[Misses].hit(outside(operation.address) ? Outside : Canonical);
      }
      break;
    case TlbOperation::Kind::Insert:
      tables_[Fills].hit(operation.leaf.level, after.evictions == before.evictions ? Free : Evicts);
      break;
    case TlbOperation::Kind::Fence:
      tables_[Fences].hit(
          (operation.scope.has_asid ? 2U : 0U) + (operation.scope.has_address ? 1U : 0U),
          after.fenced == before.fenced ? 0 : 1);
      break;
    case TlbOperation::Kind::Flush:
      tables_[Misses].hit(Flushed);
      break;
  }
}

}  // namespace faultline
