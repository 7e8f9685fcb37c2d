// SPDX-License-Identifier: Apache-2.0
#pragma once

// Copies of translations of data accesses, by page, direct-mapped, for the host's speed. They have
// two uses. In functional fidelity they are the model's TLB: what is copied stays in use until it
// is fenced or evicted, whatever becomes of the page tables. In cycle fidelity they are hints: each
// names the entry of the L1 data TLB that it came from, and holds only while that entry is
// unchanged. A copy belongs to a context (address space, privilege, SUM, MXR), so changes of those
// need no flush.

#include <cstdint>
#include <vector>

#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/tlb.h"
#include "models/mmu/translation.h"

namespace faultline {

/// Numbers the contexts in which copies are used: 11 bits that, placed above a page number, make a
/// key.
class ContextNumbers {
 public:
  /// The context's bits, in place in a key. `recycled` becomes true if an address space's number
  /// was taken from another: all copies must be dropped then.
  std::uint64_t bits_of(const TranslationContext& context, bool& recycled);

 private:
  static constexpr unsigned kSpaces = 128;
  unsigned space_number(Asid asid, bool& recycled);

  std::vector<Asid> space_;  // ASID by number
  unsigned next_ = 0;
  unsigned last_ = 0;
};

class PageCopies {
 public:
  static constexpr unsigned kEntries = 4096;

  // A key: virtual page number in 51:0, context in 62:52; kSlow keeps a copy from the fast path.
  static constexpr unsigned kContextShift = 52;
  static constexpr std::uint64_t kSlow = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kNoKey = ~std::uint64_t{0};
  /// Context bits that no copy has: with them the fast path always fails.
  static constexpr std::uint64_t kNoContext = std::uint64_t{0x7FF} << kContextShift;

  struct Entry {
    std::uint64_t load_key = kNoKey;
    std::uint64_t store_key = kNoKey;
    std::uint64_t addend = 0;  ///< host address minus virtual address; meaningless if slow
    PhysAddr page{};
  };
  /// What a hint was made from.
  struct Origin {
    std::uint64_t pte = 0;
    Tlb::Index index = Tlb::kNone;  ///< kNone: not translated
  };

  PageCopies() : entries_(kEntries), origins_(kEntries) {}

  /// The key of an access to [va, va + bytes). If it crosses a page, the key is that of the second
  /// page while the entry is the first one's, so that they never match.
  [[nodiscard]] static std::uint64_t key(VirtAddr va, unsigned bytes, std::uint64_t context) {
    return ((va.value + bytes - 1) >> kPageShift) | context;
  }
  [[nodiscard]] static unsigned slot(VirtAddr va) {
    return static_cast<unsigned>(va.value >> kPageShift) & (kEntries - 1);
  }
  [[nodiscard]] const Entry& entry(unsigned slot) const { return entries_[slot]; }
  [[nodiscard]] const Origin& origin(unsigned slot) const { return origins_[slot]; }

  /// A copy of `leaf` for `va`; keys are kNoKey where an access is not allowed without a walk.
  void fill(VirtAddr va, const Entry& entry, const Origin& origin, const Leaf& leaf);
  /// Keeps every copy of a physical page from the fast path: somebody must see the stores to it.
  void make_slow(PhysAddr page);
  /// sfence.vma; may drop more than its scope, as Privileged 1.12, 4.2.1 allows.
  void fence(const FenceScope& scope);
  void flush();

 private:
  void drop_range(VirtAddr first, std::uint64_t pages);

  /// Superpages of which there are copies; a fence of one address in them must drop all their
  /// copies.
  struct Superpage {
    std::uint64_t first = 0;
    std::uint8_t shift = 0;
  };
  static constexpr unsigned kMaxSuperpages = 16;

  std::vector<Entry> entries_;
  std::vector<Origin> origins_;
  std::vector<Superpage> superpages_;  // at kMaxSuperpages a fence of an address drops everything
};

}  // namespace faultline
