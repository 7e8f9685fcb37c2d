// SPDX-License-Identifier: Apache-2.0
#pragma once

// An independent judge of DDR4 command sequences. It knows the rules of JESD79-4B as minimal
// distances between pairs of commands, the states in which a bank accepts a command, the window of
// four activations, the refresh rate, and that bursts may not meet on the data bus. It shares no
// code with the controller; only the numbers of DramTiming are common (their origin is tested by
// itself).

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/dram/controller.h"

namespace faultline::test {

class ProtocolChecker {
 public:
  struct Violation {
    std::string rule;  ///< "tRCD", "tFAW", "bank not open", ...
    std::uint64_t cycle = 0;
  };

  ProtocolChecker(const DramTiming& timing, unsigned ranks);

  /// The next command of one channel.
  void see(const CommandRecord& record);
  /// The trace is over: the refreshes that are missing until `cycle` count, too.
  void finish(std::uint64_t cycle);

  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
  [[nodiscard]] std::uint64_t commands() const { return commands_; }

 private:
  // Commands as the rules know them: RDA is R and a later P, PREA is P to every bank.
  enum Kind : unsigned { kAct, kRd, kWr, kPre, kRef, kKinds };
  // How two commands of a rank lie to each other.
  enum Relation : unsigned { kSameBank, kSameGroup, kSameRank, kRelations };

  static constexpr unsigned kBanks = 16;
  static constexpr std::int64_t kLongAgo = -1'000'000'000;

  struct Rule {
    std::int64_t distance = 0;
    const char* name = nullptr;
  };
  struct Bank {
    bool open = false;
    std::uint32_t row = 0;
    std::array<std::int64_t, kKinds> last{};
  };
  struct Rank {
    std::array<Bank, kBanks> banks;
    std::vector<std::int64_t> activations;
    std::int64_t refreshes = 0;
  };

  void rule(Kind before, Kind after, Relation relation, unsigned distance, const char* name);
  void check_distances(Kind kind, unsigned rank, unsigned bank, std::int64_t cycle);
  void check_four_activations(Rank& rank, std::int64_t cycle);
  void check_bank_state(Kind kind, const CommandRecord& record);
  void check_data_bus(Kind kind, unsigned rank, std::int64_t cycle);
  void check_refresh_rate(Rank& rank, std::int64_t cycle);
  void apply(Kind kind, const CommandRecord& record);
  void fail(const char* rule, std::int64_t cycle);

  DramTiming t_;
  std::vector<Rank> ranks_;
  std::array<std::array<std::array<std::vector<Rule>, kRelations>, kKinds>, kKinds> rules_;
  std::int64_t last_cycle_ = -1;
  std::int64_t bus_free_ = 0;
  unsigned bus_owner_ = 0;
  std::vector<Violation> violations_;
  std::uint64_t commands_ = 0;
};

}  // namespace faultline::test
