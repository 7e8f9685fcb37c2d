// SPDX-License-Identifier: Apache-2.0
#pragma once

// Intrusive circular doubly linked list: the node lives in the object, so that linking never
// allocates and an object can be unlinked without knowing its list. Not synchronised.

#include <cstddef>
#include <cstdint>

/// A link of a list, and also a list's head. A head points to itself while the list is empty; a
/// node that is in no list may hold anything until it is added.
struct list_head {
  list_head* next;
  list_head* prev;

  /// Makes this an empty list (or a node that may be removed harmlessly).
  void init() { next = prev = this; }
  [[nodiscard]] bool empty() const { return next == this; }

  /// Inserts `node` right behind this link; on a head: at the front.
  void add(list_head& node) { node.link(*this, *next); }
  /// Inserts `node` right before this link; on a head: at the back.
  void add_tail(list_head& node) { node.link(*prev, *this); }

  /// Takes this node out of its list. Its own pointers are left stale.
  void remove() {
    prev->next = next;
    next->prev = prev;
  }
  /// As remove(), and leaves the node as a list of its own.
  void remove_init() {
    remove();
    init();
  }

 private:
  void link(list_head& before, list_head& after) {
    prev = &before;
    next = &after;
    before.next = this;
    after.prev = this;
  }
};

/// The object whose link is `node`: list_entry<page, offsetof(page, lru)>(node).
template <typename T, std::size_t Offset>
[[nodiscard]] inline T* list_entry(list_head* node) {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(node) - Offset);
}
