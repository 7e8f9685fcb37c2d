// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/page_tree.h"

#include "sw/kernel/mm/slab.h"

struct page_tree::node {
  void* slots[kSlots];  // nodes of the level below; on level 0, pages
  unsigned count;       // slots in use
};

namespace {

kmem_cache node_cache{};
constexpr unsigned kMaxLevels = 11;  // 64 bits of index, 6 a level

}  // namespace

void page_tree_init() {
  kmem_cache_init(node_cache, sizeof(page_tree::node));
}

page* page_tree::load(std::uint64_t index) const {
  if (!covers(index)) {
    return nullptr;
  }
  void* slot = root_;
  for (unsigned level = height_; level > 0 && slot != nullptr; --level) {
    slot = static_cast<node*>(slot)->slots[slot_of(index, level - 1)];
  }
  return static_cast<page*>(slot);
}

void* const* page_tree::find_leaf(std::uint64_t& index, std::uint64_t last) const {
  while (height_ != 0 && index <= last && covers(index)) {
    const auto* at = static_cast<const node*>(root_);
    unsigned level = height_ - 1;
    unsigned slot = slot_of(index, level);
    while (level > 0 && at->slots[slot] != nullptr) {
      at = static_cast<const node*>(at->slots[slot]);
      --level;
      slot = slot_of(index, level);
    }
    // In the lowest node there is on the way: the next slot in use.
    const unsigned first = slot;
    while (slot < kSlots && at->slots[slot] == nullptr) {
      ++slot;
    }
    if (slot != first) {
      index = ((index >> (level * kSlotBits)) + (slot - first)) << (level * kSlotBits);
      if (index == 0 || index > last) {
        return nullptr;
      }
    }
    if (level == 0 && slot < kSlots) {
      return at->slots;
    }
  }
  return nullptr;
}

bool page_tree::grow() {
  auto* top = kmem_cache_new<node>(node_cache, GFP_ATOMIC);
  if (top == nullptr) {
    return false;
  }
  if (root_ != nullptr) {
    top->slots[0] = root_;
    top->count = 1;
  }
  root_ = top;
  ++height_;
  return true;
}

// Undoes growth that is not needed (any more): levels above the only subtree in slot 0, or an empty
// root.
void page_tree::shrink() {
  while (height_ != 0) {
    auto* top = static_cast<node*>(root_);
    if (top->count == 0) {
      root_ = nullptr;
      height_ = 0;
    } else if (height_ > 1 && top->count == 1 && top->slots[0] != nullptr) {
      root_ = top->slots[0];
      --height_;
    } else {
      return;
    }
    kmem_cache_free(node_cache, top);
  }
}

insertion page_tree::insert(std::uint64_t index, page* p) {
  while (height_ == 0 || !covers(index)) {
    if (!grow()) {
      shrink();
      return insertion::no_memory;
    }
  }
  auto* at = static_cast<node*>(root_);
  for (unsigned level = height_ - 1; level > 0; --level) {
    void*& slot = at->slots[slot_of(index, level)];
    if (slot == nullptr) {
      slot = kmem_cache_new<node>(node_cache, GFP_ATOMIC);
      if (slot == nullptr) {
        prune(index);
        return insertion::no_memory;
      }
      ++at->count;
    }
    at = static_cast<node*>(slot);
  }
  void*& slot = at->slots[slot_of(index, 0)];
  if (slot != nullptr) {
    return insertion::occupied;
  }
  slot = p;
  ++at->count;
  return insertion::done;
}

page* page_tree::erase(std::uint64_t index) {
  if (height_ == 0 || !covers(index)) {
    return nullptr;
  }
  auto* at = static_cast<node*>(root_);
  for (unsigned level = height_ - 1; level > 0 && at != nullptr; --level) {
    at = static_cast<node*>(at->slots[slot_of(index, level)]);
  }
  if (at == nullptr || at->slots[slot_of(index, 0)] == nullptr) {
    return nullptr;
  }
  auto* p = static_cast<page*>(at->slots[slot_of(index, 0)]);
  at->slots[slot_of(index, 0)] = nullptr;
  --at->count;
  prune(index);
  return p;
}

// Frees the empty nodes on the way to `index`, from the lowest up.
void page_tree::prune(std::uint64_t index) {
  node* path[kMaxLevels];
  unsigned level = height_ - 1;
  path[level] = static_cast<node*>(root_);
  while (level > 0) {
    auto* below = static_cast<node*>(path[level]->slots[slot_of(index, level)]);
    if (below == nullptr) {
      break;
    }
    path[--level] = below;
  }
  for (; level + 1 < height_ && path[level]->count == 0; ++level) {
    kmem_cache_free(node_cache, path[level]);
    path[level + 1]->slots[slot_of(index, level + 1)] = nullptr;
    --path[level + 1]->count;
  }
  shrink();
}
