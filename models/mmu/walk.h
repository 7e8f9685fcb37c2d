// SPDX-License-Identifier: Apache-2.0
#pragma once

// One table walk as the numbered steps of RISC-V Privileged 1.12, 4.3.2, with all memory access
// left to the caller: the timed walker, the functional translation and a checker drive the same
// code. It asks for an entry (entry_address), is told its value (take) and says what comes next.
//
//   Walk<Sv39> walk(address, access, context);                 // step 1
//   Next next = walk.begin();
//   while (next == Next::Read) next = walk.take(read(walk.entry_address()));   // steps 2 to 6
//
// Not here: cycles, the caches of TLB and walk, PMP and PMA themselves (the caller asks them and
// calls refuse(), step 2's and 7's access fault; and applies them to the result, after step 8).

#include <cstdint>

#include "models/common/types.h"
#include "models/mmu/abort.h"
#include "models/mmu/leaf.h"
#include "models/mmu/sv_format.h"
#include "models/mmu/translation.h"

namespace faultline {

/// Where a walk stands: the spec's `a` and `i`.
struct WalkPosition {
  PhysAddr table{};        ///< a: the table to read next
  std::uint8_t level = 0;  ///< i
  bool global = false;     ///< a pointer above was global, so all below is (4.3.1)
};

enum class Next : std::uint8_t {
  Read,    ///< read the entry at entry_address() and call take()
  Update,  ///< compare the entry with entry() and set updated_entry(); then call updated()
  Done,    ///< leaf() is the result
  Abort,   ///< abort() says why
};

template <typename Format>
class Walk {
 public:
  Walk(VirtAddr address, AccessType access, const TranslationContext& context)
      : address_(address), access_(access), context_(context) {}

  /// Step 1, from the root; and the check that the address is canonical (4.4.1).
  Next begin() {
    position_ = {Format::root(context_.satp), Format::kLevels - 1, false};
    return Format::is_canonical(address_) ? Next::Read : fail(AbortStatus::NonCanonical);
  }
  /// Step 1 with a pointer that a walk cache kept: skips the levels above.
  void skip_to(const WalkPosition& position) { position_ = position; }

  /// Step 2: where the entry is.
  [[nodiscard]] PhysAddr entry_address() const {
    return position_.table + Format::entry_offset(address_, position_.level);
  }
  /// Steps 2 and 7: PMP, PMA or the bus refused the access to the entry.
  Next refuse() { return fail(AbortStatus::WalkAccessFault); }

  /// Steps 3 to 7 on the value of the entry.
  Next take(std::uint64_t pte) {
    entry_ = pte;
    const DecodedPte decoded = Format::decode(pte);
    switch (decoded.kind) {
      case DecodedPte::Kind::Invalid:
        return fail(AbortStatus::Translation);  // step 3
      case DecodedPte::Kind::Reserved:
        return fail(AbortStatus::ReservedEncoding);  // step 3
      case DecodedPte::Kind::Pointer:
        return follow(decoded);
      case DecodedPte::Kind::Leaf:
        break;
    }
    return judge(decoded);
  }

  /// The entry that take() was given, and step 7's new value of it.
  [[nodiscard]] std::uint64_t entry() const { return entry_; }
  [[nodiscard]] std::uint64_t updated_entry() const {
    return Format::with_accessed(entry_, writes(access_));
  }
  /// Step 7's end: true if the entry still had its value and was set, false if it had changed.
  Next updated(bool stored) {
    if (!stored) return Next::Read;
    entry_ = updated_entry();
    return finish(Format::decode(entry_));
  }

  [[nodiscard]] const WalkPosition& position() const { return position_; }
  [[nodiscard]] const Leaf& leaf() const { return leaf_; }
  [[nodiscard]] Abort abort() const { return {status_, access_, position_.level, address_}; }

 private:
  Next fail(AbortStatus status) {
    status_ = status;
    return Next::Abort;
  }

  // Step 4: a pointer. Below the last level there is nothing to point to.
  Next follow(const DecodedPte& pointer) {
    if (position_.level == 0) return fail(AbortStatus::ReservedEncoding);
    const bool global = position_.global || (pointer.flags & kPteG) != 0;
    position_ = {pointer.target, static_cast<std::uint8_t>(position_.level - 1), global};
    return Next::Read;
  }

  // Steps 5 to 7: a leaf.
  Next judge(const DecodedPte& decoded) {
    const AbortStatus permission = check_permission(decoded.flags, access_, context_);
    if (permission != AbortStatus::None) return fail(permission);  // step 5
    const std::uint64_t size = std::uint64_t{1} << Format::page_shift(position_.level);
    if ((decoded.target.value & (size - 1)) != 0) {
      return fail(AbortStatus::MisalignedSuperpage);  // step 6
    }
    if (needs_update(decoded.flags, access_)) {  // step 7
      return context_.adue ? Next::Update : fail(AbortStatus::AccessFlag);
    }
    return finish(decoded);
  }

  // Step 8.
  Next finish(const DecodedPte& decoded) {
    const auto flags = static_cast<std::uint8_t>(decoded.flags | (position_.global ? kPteG : 0));
    const auto shift = static_cast<std::uint8_t>(Format::page_shift(position_.level));
    leaf_ = {decoded.target, entry_, shift, position_.level, flags};
    return Next::Done;
  }

  VirtAddr address_;
  AccessType access_;
  TranslationContext context_;
  WalkPosition position_{};
  std::uint64_t entry_ = 0;
  Leaf leaf_{};
  AbortStatus status_ = AbortStatus::None;
};

}  // namespace faultline
