// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/page_copies.h"

#include <algorithm>

namespace faultline {

namespace {

/// The part of a context that is no address space: 4 bits.
unsigned kind_of(const TranslationContext& context) {
  if (context.privilege == Privilege::Machine) return 0;
  const bool user = context.privilege == Privilege::User;
  if (!context.paged()) return user ? 2 : 1;
  if (user) return 3 + static_cast<unsigned>(context.mxr);
  return 5 + 2 * static_cast<unsigned>(context.sum) + static_cast<unsigned>(context.mxr);
}

}  // namespace

unsigned ContextNumbers::space_number(Asid asid, bool& recycled) {
  if (last_ < space_.size() && space_[last_] == asid) return last_;
  const auto found = std::find(space_.begin(), space_.end(), asid);
  if (found != space_.end()) {
    last_ = static_cast<unsigned>(found - space_.begin());
  } else if (space_.size() < kSpaces) {
    last_ = static_cast<unsigned>(space_.size());
    space_.push_back(asid);
  } else {
    last_ = next_;
    next_ = (next_ + 1) % kSpaces;
    space_[last_] = asid;
    recycled = true;
  }
  return last_;
}

std::uint64_t ContextNumbers::bits_of(const TranslationContext& context, bool& recycled) {
  const unsigned space = context.paged() ? space_number(context.asid(), recycled) : 0;
  return std::uint64_t{kind_of(context) << 7 | space} << PageCopies::kContextShift;
}

void PageCopies::fill(VirtAddr va, const Entry& entry, const Origin& origin, const Leaf& leaf) {
  Entry& mine = entries_[slot(va)];
  mine = entry;
  origins_[slot(va)] = origin;
  if (leaf.page_shift <= kPageShift || superpages_.size() == kMaxSuperpages) return;
  const std::uint64_t first = va.value >> leaf.page_shift << leaf.page_shift;
  for (const Superpage& known : superpages_) {
    if (known.first == first && known.shift == leaf.page_shift) return;
  }
  superpages_.push_back({first, leaf.page_shift});
}

void PageCopies::make_slow(PhysAddr page) {
  for (Entry& e : entries_) {
    if (e.page != page) continue;
    if (e.load_key != kNoKey) e.load_key |= kSlow;
    if (e.store_key != kNoKey) e.store_key |= kSlow;
  }
}

void PageCopies::drop_range(VirtAddr first, std::uint64_t pages) {
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(pages, kEntries); ++i) {
    entries_[slot(first + (i << kPageShift))] = {};
  }
}

void PageCopies::fence(const FenceScope& scope) {
  if (!scope.has_address || superpages_.size() == kMaxSuperpages) {
    flush();
    return;
  }
  drop_range(scope.address, 1);
  for (const Superpage& s : superpages_) {
    if (scope.address.value >> s.shift == s.first >> s.shift) {
      drop_range(VirtAddr{s.first}, std::uint64_t{1} << (s.shift - kPageShift));
    }
  }
}

void PageCopies::flush() {
  std::fill(entries_.begin(), entries_.end(), Entry{});
  superpages_.clear();
}

}  // namespace faultline
