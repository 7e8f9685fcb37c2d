// SPDX-License-Identifier: Apache-2.0
#pragma once

// The state of one rank of DDR4 devices as its controller must know it: which rows are open, and
// from which cycle each command is allowed. Every constraint is kept as "not before cycle n" at the
// level it applies to (bank, bank group, rank), updated when a command is issued. The command bus
// (one command a cycle) and the refresh interval are the controller's matter.

#include <array>
#include <cstdint>

#include "models/dram/params.h"
#include "models/dram/timing.h"

namespace faultline {

/// The commands of the model (JESD79-4B, 4.1: command truth table).
enum class DramCommand : std::uint8_t {
  Activate,
  Read,
  ReadAutoPrecharge,
  Write,
  WriteAutoPrecharge,
  Precharge,
  PrechargeAll,
  Refresh,
};

/// "ACT", "RD", "RDA", "WR", "WRA", "PRE", "PREA", "REF".
[[nodiscard]] const char* to_string(DramCommand command);

/// Banks of one rank.
inline constexpr unsigned kBanksPerRank = kBankGroups * kBanksPerGroup;

class DramRank {
 public:
  static constexpr std::uint32_t kNoRow = 0xffff'ffff;

  /// `timing` must outlive the rank.
  explicit DramRank(const DramTiming& timing) : t_(&timing) {}

  /// The open row of a bank (bank_group * kBanksPerGroup + bank), or kNoRow.
  [[nodiscard]] std::uint32_t open_row(unsigned bank) const { return banks_[bank].row; }
  [[nodiscard]] bool all_closed() const { return open_banks_ == 0; }

  // The first cycle in which a command is allowed, as far as this rank's history and the data bus
  // tell. Whether the bank is in the right state for it is the caller's matter.
  [[nodiscard]] DramCycles earliest_activate(unsigned bank) const;
  [[nodiscard]] DramCycles earliest_precharge(unsigned bank) const {
    return banks_[bank].precharge;
  }
  [[nodiscard]] DramCycles earliest_read(unsigned bank) const;
  [[nodiscard]] DramCycles earliest_write(unsigned bank) const;
  [[nodiscard]] DramCycles earliest_precharge_all() const;
  /// With every bank closed: when the last precharge (or refresh) is complete.
  [[nodiscard]] DramCycles earliest_refresh() const;

  // A command is issued in cycle `now`.
  void activate(unsigned bank, std::uint32_t row, DramCycles now);
  void read(unsigned bank, bool auto_precharge, DramCycles now);
  void write(unsigned bank, bool auto_precharge, DramCycles now);
  void precharge(unsigned bank, DramCycles now);
  void precharge_all(DramCycles now);
  void refresh(DramCycles now);

  // Another rank of the channel was given a column command in cycle `now`: the data bus changes
  // hands.
  void other_rank_read(DramCycles now);
  void other_rank_write(DramCycles now);

 private:
  static constexpr unsigned kActivationsInWindow = 4;  // of tFAW
  struct Bank {
    std::uint32_t row = kNoRow;
    DramCycles activate = 0;   // tRC, tRP, tRFC
    DramCycles column = 0;     // tRCD
    DramCycles precharge = 0;  // tRAS, tRTP, write recovery
  };
  struct BankGroup {
    DramCycles activate = 0;  // tRRD_L
    DramCycles read = 0;      // tCCD_L, tWTR_L
    DramCycles write = 0;     // tCCD_L
  };

  void close(Bank& bank);
  /// The device precharges by itself as soon as tRAS, tRTP and write recovery allow it.
  void auto_precharge(Bank& bank);

  const DramTiming* t_;
  std::array<Bank, kBanksPerRank> banks_{};
  std::array<BankGroup, kBankGroups> groups_{};
  DramCycles activate_ = 0;  // tRRD_S
  DramCycles read_ = 0;      // tCCD_S, tWTR_S, another rank's data
  DramCycles write_ = 0;     // tCCD_S, read to write, another rank's data
  std::array<DramCycles, 4>
      activations_{};  // ends of the tFAW windows of the last four, oldest at next_
  unsigned next_activation_ = 0;
  unsigned open_banks_ = 0;
};

}  // namespace faultline
