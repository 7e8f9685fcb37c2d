// SPDX-License-Identifier: Apache-2.0
#pragma once

// One miss entry of a cache (a miss status holding register with its write-back buffer). Private to
// the cache.

#include <array>
#include <systemc>
#include <tlm>

#include "models/cache/cache.h"

namespace faultline {

/// Life of an entry: taken by a miss (`busy`), its line pending; the line arrives at `arrives`,
/// whereupon a dirty victim is written back; free for the next miss from `frees` on. Both times are
/// kUnknown until the next level has answered, which it may do ahead of time.
struct Cache::Miss {
  static constexpr Cycles kUnknown = ~Cycles{0};

  /// A thread that waits for the line; lives on that thread's stack.
  struct Waiter {
    bool answered = false;
    Cycles arrives = 0;
    CacheResult result{};
    Waiter* next = nullptr;
  };

  bool busy = false;
  bool pending = false;     ///< the line's slot is still marked so in the array
  bool has_victim = false;  ///< a dirty victim is in the write-back buffer, until the entry is free
  bool store = false;       ///< a store missed on the line or merged: it arrives dirty
  bool error = false;       ///< the line's request was answered with an error
  unsigned posted_stores = 0;  ///< stores whose callers have gone on
  LineNumber line = 0;
  LineNumber victim = 0;
  CacheArray::Slot slot = CacheArray::kNoSlot;
  Cycles arrives = kUnknown;
  Cycles frees = kUnknown;
  ServedBy served_by = ServedBy::None;  ///< who answered the line's request
  Waiter* waiters = nullptr;

  sc_core::sc_event work;  ///< starts the entry's thread
  tlm::tlm_generic_payload payload;
  MemoryAttributes attributes;
  std::array<unsigned char, kLineBytes> nowhere{};  ///< data of a line that has no home in memory

  Miss() { payload.set_extension(&attributes); }
  ~Miss() { payload.clear_extension(&attributes); }
  Miss(const Miss&) = delete;
  Miss& operator=(const Miss&) = delete;

  /// The next time at which something changes, as far as it is known.
  [[nodiscard]] Cycles next_change() const { return pending ? arrives : frees; }
  [[nodiscard]] CacheResult result() const { return {served_by, error}; }
};

}  // namespace faultline
