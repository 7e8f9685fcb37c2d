// SPDX-License-Identifier: Apache-2.0
#pragma once

// A leaf: one page of any size as a walk finds it and as a TLB holds it; and the test whether an
// access may use it. The flags are the low byte of a RISC-V PTE (pte.h); a format that encodes
// permissions differently translates them to these when it decodes its entries.

#include <cstdint>

#include "models/common/types.h"
#include "models/mmu/abort.h"
#include "models/mmu/pte.h"
#include "models/mmu/translation.h"

namespace faultline {

/// One mapped page.
struct Leaf {
  PhysAddr page{};              ///< its first byte
  std::uint64_t pte = 0;        ///< the entry it came from, as it was read or updated
  std::uint8_t page_shift = 0;  ///< log2 of its size: 12, 21, 30, 39, 48
  std::uint8_t level = 0;       ///< of the entry
  std::uint8_t flags = 0;       ///< kPteV ... kPteD; kPteG also if a pointer above was global

  /// The physical address of `va`, which must lie in the page.
  [[nodiscard]] PhysAddr address_of(VirtAddr va) const {
    return page + (va.value & ((std::uint64_t{1} << page_shift) - 1));
  }

  bool operator==(const Leaf&) const = default;
};

/// Steps 5 and 7 of RISC-V Privileged 1.12, 4.3.2 as one fast test: whether a leaf's flags let an
/// access through without any further work. Agrees with check_leaf().
class LeafTest {
 public:
  LeafTest() = default;
  constexpr LeafTest(AccessType access, const TranslationContext& context)
      : required_(required(access)), forbidden_(0), readable_if_executable_(0) {
    if (context.privilege == Privilege::User) {
      required_ |= kPteU;
    } else if (access == AccessType::Fetch || !context.sum) {
      forbidden_ |= kPteU;
    }
    if (access == AccessType::Load && context.mxr) readable_if_executable_ = kPteR;
  }

  /// True if the access may use a leaf with `flags` as it is: permitted, A set, D set for a write.
  [[nodiscard]] constexpr bool passes(std::uint8_t flags) const {
    const unsigned with_mxr = flags | ((flags >> 2U) & readable_if_executable_);
    return (with_mxr & (required_ | forbidden_)) == required_;
  }

 private:
  static constexpr std::uint8_t required(AccessType access) {
    switch (access) {
      case AccessType::Fetch:
        return kPteV | kPteA | kPteX;
      case AccessType::Load:
        return kPteV | kPteA | kPteR;
      case AccessType::Store:
      case AccessType::Amo:
        return kPteV | kPteA | kPteD | kPteW;
    }
    return 0;
  }

  std::uint16_t required_ = 1 << 8;  // by default a flag that no leaf has: nothing passes
  std::uint8_t forbidden_ = 0;
  std::uint8_t readable_if_executable_ = 0;  // kPteR: X (two bits above R) counts as R
};

/// Step 5: U against privilege and SUM, then R, W, X and MXR. Returns None or Permission.
[[nodiscard]] constexpr AbortStatus check_permission(std::uint8_t flags, AccessType access,
                                                     const TranslationContext& context) {
  const bool user_page = (flags & kPteU) != 0;
  if (context.privilege == Privilege::User) {
    if (!user_page) return AbortStatus::Permission;
  } else if (user_page && (access == AccessType::Fetch || !context.sum)) {
    return AbortStatus::Permission;
  }
  const bool executable = (flags & kPteX) != 0;
  bool permitted = false;
  switch (access) {
    case AccessType::Fetch:
      permitted = executable;
      break;
    case AccessType::Load:
      permitted = (flags & kPteR) != 0 || (context.mxr && executable);
      break;
    case AccessType::Store:
    case AccessType::Amo:
      permitted = (flags & kPteW) != 0;
      break;
  }
  return permitted ? AbortStatus::None : AbortStatus::Permission;
}

/// Step 7: true if A, or D for a write, is still clear.
[[nodiscard]] constexpr bool needs_update(std::uint8_t flags, AccessType access) {
  return (flags & kPteA) == 0 || (writes(access) && (flags & kPteD) == 0);
}

}  // namespace faultline
