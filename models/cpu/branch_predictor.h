// SPDX-License-Identifier: Apache-2.0
#pragma once

// The branch predictor: two-bit counters for the direction of conditional branches, and a stack of
// return addresses. The target of a direct jump is known when it is decoded. Not modelled: a branch
// target buffer, history, and speculation down the wrong path (a misprediction costs cycles but
// touches no cache).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/common/types.h"

namespace faultline {

class BranchPredictor {
 public:
  /// `bht_entries`: a power of two; `ras_entries`: 0 for no return stack.
  BranchPredictor(unsigned bht_entries, unsigned ras_entries)
      : counters_(bht_entries, kWeaklyNotTaken), stack_(ras_entries) {}

  /// A conditional branch at `pc` was taken or not; returns true if that was predicted, and learns.
  bool branch(VirtAddr pc, bool taken) {
    std::uint8_t& counter = counters_[(pc.value >> 1) & (counters_.size() - 1)];
    const bool predicted = (counter >= kWeaklyTaken) == taken;
    if (taken && counter < kStronglyTaken) ++counter;
    if (!taken && counter > 0) --counter;
    return predicted;
  }
  /// A call: the address it will return to.
  void push(VirtAddr return_address) {
    if (stack_.empty()) return;
    top_ = (top_ + 1) % stack_.size();
    stack_[top_] = return_address;
    if (depth_ < stack_.size()) ++depth_;
  }
  /// A return to `target`; returns true if the stack said so.
  bool pop(VirtAddr target) {
    if (depth_ == 0) return false;
    const bool predicted = stack_[top_] == target;
    top_ = (top_ + stack_.size() - 1) % stack_.size();
    --depth_;
    return predicted;
  }
  /// The state after power-on.
  void reset() {
    for (std::uint8_t& c : counters_) c = kWeaklyNotTaken;
    depth_ = 0;
  }

 private:
  static constexpr std::uint8_t kWeaklyNotTaken = 1;
  static constexpr std::uint8_t kWeaklyTaken = 2;
  static constexpr std::uint8_t kStronglyTaken = 3;

  std::vector<std::uint8_t> counters_;
  std::vector<VirtAddr> stack_;  // a ring: when it is full, a call overwrites the oldest
  std::size_t top_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace faultline
