// SPDX-License-Identifier: Apache-2.0
#pragma once

// Functional coverage: tables of bins that count how often something happened. For every bin a rule
// says whether a design can reach it, and if not, why not.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace faultline {

/// What a rule says of a bin.
struct Reach {
  enum class Kind : std::uint8_t {
    Reachable,
    Never,     ///< a hit is an error: of the rule, or of what is observed
    Unlikely,  ///< it may be hit, but need not be
  };
  Kind kind = Kind::Reachable;
  const char* reason = "";  ///< one sentence; of the last two

  static Reach never(const char* reason) { return {Kind::Never, reason}; }
  static Reach unlikely(const char* reason) { return {Kind::Unlikely, reason}; }
};

/// One table: a bin for each row and column.
class CoverTable {
 public:
  struct Bin {
    std::uint64_t hits = 0;
    Reach reach = Reach::never("no design was run");
  };
  using Names = std::vector<std::string>;
  using Rule = std::function<Reach(std::size_t row, std::size_t column)>;

  CoverTable(std::string name, std::string question, Names rows, Names columns)
      : name_(std::move(name)),
        question_(std::move(question)),
        rows_(std::move(rows)),
        columns_(std::move(columns)),
        bins_(rows_.size() * columns_.size()) {}

  void hit(std::size_t row, std::size_t column = 0, std::uint64_t times = 1) {
    bins_[row * columns_.size() + column].hits += times;
  }
  /// Adds what another design can reach. A bin that one design reaches is reachable.
  void widen(const Rule& rule);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// What the table counts, in words.
  [[nodiscard]] const std::string& question() const { return question_; }
  [[nodiscard]] const Names& rows() const { return rows_; }
  [[nodiscard]] const Names& columns() const { return columns_; }
  [[nodiscard]] const Bin& bin(std::size_t row, std::size_t column = 0) const {
    return bins_[row * columns_.size() + column];
  }

  [[nodiscard]] std::size_t reachable() const;
  /// Of these, those that were hit.
  [[nodiscard]] std::size_t reached() const;
  /// The reachable bin with the fewest hits: "row, column"; empty if none is reachable.
  struct Least {
    std::string name;
    std::uint64_t hits = 0;
  };
  [[nodiscard]] Least least() const;
  /// The bins that were not hit though they are reachable, and those that were hit though they
  /// never can be; "row, column" each.
  [[nodiscard]] std::vector<std::string> missing() const;
  [[nodiscard]] std::vector<std::string> impossible() const;

 private:
  [[nodiscard]] std::string bin_name(std::size_t index) const;

  std::string name_;
  std::string question_;
  Names rows_;
  Names columns_;
  std::vector<Bin> bins_;
};

}  // namespace faultline
