// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/tlb_bench.h"

#include <fmt/format.h>

#include "models/common/local_clock.h"
#include "platform/cosim/walk_answer.h"
#include "platform/cosim/walk_bench.h"

namespace faultline {

namespace {

std::string describe(const FenceScope& scope) {
  std::string text = "fence";
  if (scope.has_address) text += fmt::format(" of {:#x}", scope.address.value);
  if (scope.has_asid) text += fmt::format(" of ASID {}", scope.asid);
  return text;
}

std::string describe(const TlbOperation& operation) {
  switch (operation.kind) {
    case TlbOperation::Kind::Lookup:
      return fmt::format("lookup of {:#x} for ASID {}", operation.address.value, operation.asid);
    case TlbOperation::Kind::Insert:
      return fmt::format("insertion of {:#x} for ASID {}, level {}, entry {:#x}, flags {:#x}",
                         operation.address.value, operation.asid, operation.leaf.level,
                         operation.leaf.pte, operation.leaf.flags);
    case TlbOperation::Kind::Fence:
      return describe(operation.scope);
    case TlbOperation::Kind::Flush:
      break;
  }
  return "flush";
}

/// One TLB with its clock and its statistics, and what it answered last.
class TlbSide {
 public:
  explicit TlbSide(const NamedTlb& named) : name_(named.name), tlb_(named.make(statistics_)) {}

  void operate(const TlbOperation& operation) {
    clock_.advance(operation.gap);
    leaf_.reset();
    switch (operation.kind) {
      case TlbOperation::Kind::Lookup:
        leaf_ = tlb_->lookup(clock_, operation.address, operation.asid);
        break;
      case TlbOperation::Kind::Insert:
        tlb_->insert(clock_.now(), operation.address, operation.asid, operation.leaf);
        break;
      case TlbOperation::Kind::Fence:
        tlb_->fence(clock_.now(), operation.scope);
        break;
      case TlbOperation::Kind::Flush:
        tlb_->flush(clock_.now());
        break;
    }
  }

  [[nodiscard]] std::vector<AnswerLine> describe() const {
    const TlbStats& stats = tlb_->stats();
    std::vector<AnswerLine> lines = {{"answered in cycle", std::to_string(clock_.now())},
                                     {"lookups", std::to_string(stats.lookups)},
                                     {"hits", std::to_string(stats.hits)},
                                     {"misses", std::to_string(stats.misses)},
                                     {"fills", std::to_string(stats.fills)},
                                     {"evictions", std::to_string(stats.evictions)},
                                     {"fenced", std::to_string(stats.fenced)}};
    if (leaf_) {
      lines.push_back({"leaf page", fmt::format("{:#x}", leaf_->page.value)});
      lines.push_back({"leaf entry", fmt::format("{:#x}", leaf_->pte)});
      lines.push_back({"leaf shift", std::to_string(leaf_->page_shift)});
      lines.push_back({"leaf level", std::to_string(leaf_->level)});
      lines.push_back({"leaf flags", fmt::format("{:#x}", leaf_->flags)});
    }
    return lines;
  }

  [[nodiscard]] bool answers_as(const TlbSide& other) const { return leaf_ == other.leaf_; }
  [[nodiscard]] bool counts_as(const TlbSide& other) const {
    return tlb_->stats() == other.tlb_->stats();
  }
  [[nodiscard]] Cycles now() const { return clock_.now(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::optional<Leaf>& leaf() const { return leaf_; }
  [[nodiscard]] const TlbStats& stats() const { return tlb_->stats(); }

 private:
  std::string name_;
  StatGroup statistics_{"l2_tlb"};
  std::unique_ptr<L2Tlb> tlb_;
  LocalClock clock_{kCosimPeriodPs};
  std::optional<Leaf> leaf_;
};

std::optional<Difference> compare(const TlbSide& left, const TlbSide& right, std::size_t index,
                                  const TlbOperation& operation) {
  Difference::Kind kind = Difference::Kind::Record;
  if (left.answers_as(right)) {
    if (left.now() != right.now()) {
      kind = Difference::Kind::Cycle;
    } else if (!left.counts_as(right)) {
      kind = Difference::Kind::Statistics;
    } else {
      return std::nullopt;
    }
  }
  return Difference{kind, fmt::format("operation {} differs: {}", index, describe(operation)),
                    side_by_side(left.name(), left.describe(), right.name(), right.describe())};
}

}  // namespace

TlbRoundResult play_tlb_round(const std::vector<TlbOperation>& operations,
                              const std::array<NamedTlb, 2>& tlbs, TlbCoverage& coverage) {
  TlbSide left(tlbs[0]);
  TlbSide right(tlbs[1]);
  TlbRoundResult result;
  for (const TlbOperation& operation : operations) {
    const TlbStats before = left.stats();
    try {
      left.operate(operation);
      right.operate(operation);
    } catch (const std::exception& e) {
      result.difference = {Difference::Kind::Assertion,
                           fmt::format("operation {} failed: {}: {}", result.operations,
                                       describe(operation), e.what()),
                           ""};
      break;
    }
    result.cycles = left.now();
    result.difference = compare(left, right, result.operations, operation);
    if (result.difference) break;
    coverage.operation(operation, left.leaf(), before, left.stats());
    ++result.operations;
  }
  return result;
}

}  // namespace faultline
