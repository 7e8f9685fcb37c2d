// SPDX-License-Identifier: Apache-2.0
#pragma once

// Keeps what the observer of a hart wants to know about translations: the last one, for the report
// of a fault, and the one that repeats a watched fault, for the report of its replay.

#include "models/cpu/observer.h"

namespace faultline {

class AccessRecorder {
 public:
  /// From now on the first translation of `access` in the page of `address` is kept.
  void watch(VirtAddr address, bool fetch) {
    page_ = address.value >> kPageShift;
    fetch_ = fetch;
    watching_ = true;
    captured_ = false;
  }
  void stop() { watching_ = false; }
  [[nodiscard]] bool watching() const { return watching_; }

  /// A full translation has been made. `walk` describes its walk if `access.times.walked`.
  void note(const ObservedAccess& access, const WalkRecord& walk) {
    last_ = access;
    last_.walk = access.times.walked ? &walk : nullptr;
    if (!watching_ || captured_ || access.address.value >> kPageShift != page_ ||
        (access.access == AccessType::Fetch) != fetch_) {
      return;
    }
    captured_ = true;
    replay_ = last_;
    if (replay_.walk != nullptr) {
      replay_walk_ = walk;
      replay_.walk = &replay_walk_;
    }
  }
  /// The last translation; its walk is valid until the next one.
  [[nodiscard]] const ObservedAccess& last() const { return last_; }
  /// The repeated one; null if there was none.
  [[nodiscard]] const ObservedAccess* replay() const { return captured_ ? &replay_ : nullptr; }

 private:
  ObservedAccess last_{};
  ObservedAccess replay_{};
  WalkRecord replay_walk_{};
  std::uint64_t page_ = 0;
  bool fetch_ = false;
  bool watching_ = false;
  bool captured_ = false;
};

}  // namespace faultline
