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
  [[nodiscard]] page* find(std::uint64_t& index, std::uint64_t last) const {
    void* const* const leaf = find_leaf(index, last);
    return leaf == nullptr ? nullptr : static_cast<page*>(leaf[slot_of(index, 0)]);
  }
  /// Calls visit(index, page) for each page at `first` to `last`, in order, going down the tree
  /// once for each node of pages. The visitor must not change the tree.
  template <typename Visitor>
  void for_each(std::uint64_t first, std::uint64_t last, Visitor visit) const;
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
  // The slots of the node that holds the first page at `index` to `last`; `index` is set to where
  // it is. Null: none.
  [[nodiscard]] void* const* find_leaf(std::uint64_t& index, std::uint64_t last) const;
  [[nodiscard]] bool grow();
  void shrink();
  void prune(std::uint64_t index);

  void* root_ = nullptr;  // a node, or with height 0 nothing
  unsigned height_ = 0;   // levels of nodes; level 0 holds pages
};

template <typename Visitor>
void page_tree::for_each(std::uint64_t first, std::uint64_t last, Visitor visit) const {
  std::uint64_t index = first;
  while (void* const* const leaf = find_leaf(index, last)) {
    const std::uint64_t leaf_last = index | (kSlots - 1);
    const std::uint64_t end = last < leaf_last ? last : leaf_last;
    for (; index < end; ++index) {
      if (void* const p = leaf[slot_of(index, 0)]) {
        visit(index, *static_cast<page*>(p));
      }
    }
    if (void* const p = leaf[slot_of(end, 0)]) {
      visit(end, *static_cast<page*>(p));
    }
    if (end == last) {
      return;
    }
    index = end + 1;
  }
}

/// Makes the slab of the nodes; called by mem_init().
void page_tree_init();
