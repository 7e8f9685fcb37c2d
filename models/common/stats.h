// SPDX-License-Identifier: Apache-2.0
#pragma once

// Statistics: a tree of named groups of counters. A model keeps plain `std::uint64_t` members and
// counts with `++`; it tells its group once where they are. Derived figures are computed when
// somebody asks. The tree does not know how it is printed (that is platform/results).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace faultline {

/// One group of statistics, usually one model. Groups nest: "board.mmu.l1_dtlb".
class StatGroup {
 public:
  struct Counter {
    std::string name;         ///< snake_case, unique in its group
    std::string unit;         ///< "accesses", "cycles", "instructions", ...
    std::string description;  ///< one sentence
    std::uint64_t* value;     ///< the model's own member; must outlive the group
  };
  struct Derived {
    std::string name, unit, description;
    std::function<double()> value;  ///< must be finite: return 0 where a ratio has no denominator
  };

  explicit StatGroup(std::string name) : name_(std::move(name)) {}
  StatGroup(const StatGroup&) = delete;
  StatGroup& operator=(const StatGroup&) = delete;

  void counter(std::string name, std::string unit, std::string description, std::uint64_t& value) {
    counters_.push_back({std::move(name), std::move(unit), std::move(description), &value});
  }
  void derived(std::string name, std::string unit, std::string description,
               std::function<double()> value) {
    derived_.push_back(
        {std::move(name), std::move(unit), std::move(description), std::move(value)});
  }
  /// A new group below this one; the reference stays valid as long as this group lives.
  StatGroup& group(std::string name) {
    return *groups_.emplace_back(std::make_unique<StatGroup>(std::move(name)));
  }

  /// Sets every counter of this group and of those below it to 0 (the start of a region of
  /// interest).
  void reset() {
    for (const Counter& c : counters_) *c.value = 0;
    for (const auto& g : groups_) g->reset();
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Counter>& counters() const { return counters_; }
  [[nodiscard]] const std::vector<Derived>& derived() const { return derived_; }
  [[nodiscard]] const std::vector<std::unique_ptr<StatGroup>>& groups() const { return groups_; }

 private:
  std::string name_;
  std::vector<Counter> counters_;
  std::vector<Derived> derived_;
  std::vector<std::unique_ptr<StatGroup>> groups_;
};

}  // namespace faultline
