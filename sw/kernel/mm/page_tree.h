// SPDX-License-Identifier: Apache-2.0
#pragma once

// Radix tree from page offset to page: 64 slots a node, as high as the largest index needs (Linux:
// xarray, without its marks and multi-index entries). Nodes come from a slab. Not synchronised.

#include <cstdint>

struct page;

/// What became of a page that was to be put into an empty place.
enum class insertion { done, occupied, no_memory };

/// The tree. All-zero bytes are an empty tree.
class page_tree {
 public:
  /// The page at `index`, or null.
  [[nodiscard]] page* load(std::uint64_t index) const;
  /// The first page at or above `index` and not above `last`; `index` is set to where it is. Null:
  /// none.
  [[nodiscard]] page* find(std::uint64_t& index, std::uint64_t last) const;
  /// Puts a page into a place; if it is not empty, or there is no memory for a node, nothing
  /// changes. Nodes come from the reserve if need be, for the tree is changed under a spinlock.
  [[nodiscard]] insertion insert(std::uint64_t index, page* p);
  /// As insert, for a place known to be empty. False: no memory.
  [[nodiscard]] bool store(std::uint64_t index, page* p) {
    return insert(index, p) == insertion::done;
  }
  /// Empties a place and returns what was there (or null); nodes that become empty are freed.
  page* erase(std::uint64_t index);

 private:
  static constexpr unsigned kSlotBits = 6;
  static constexpr unsigned kSlots = 1u << kSlotBits;
  struct node;

  friend void page_tree_init();
  [[nodiscard]] static unsigned slot_of(std::uint64_t index, unsigned level) {
    return static_cast<unsigned>(index >> (level * kSlotBits)) & (kSlots - 1);
  }
  [[nodiscard]] bool covers(std::uint64_t index) const {
    return height_ * kSlotBits >= 64 || (index >> (height_ * kSlotBits)) == 0;
  }
  [[nodiscard]] bool grow();
  void shrink();
  void prune(std::uint64_t index);

  void* root_ = nullptr;  // a node, or with height 0 nothing
  unsigned height_ = 0;   // levels of nodes; level 0 holds pages
};

/// Makes the slab of the nodes; called by mem_init().
void page_tree_init();
