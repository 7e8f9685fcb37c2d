// SPDX-License-Identifier: Apache-2.0
#pragma once

// The signals of the DRAM: each channel's commands with what they address, and each bank's
// commands, open row and column. A command is shown for the DRAM clock cycle in which it is issued.

#include <string>
#include <vector>

#include "models/dram/controller.h"
#include "platform/waves/wave_log.h"

namespace faultline {

class DramWaves {
 public:
  /// Adds the signals below `scope`. `log` must outlive this.
  DramWaves(WaveLog& log, const std::string& scope, const DramParams& params,
            unsigned data_rate_mtps);

  /// Commands of one channel come in order.
  void issued(const CommandRecord& command);
  /// When a DRAM clock cycle begins, in picoseconds.
  [[nodiscard]] std::uint64_t ps(DramCycles cycle) const {
    return cycle * 2'000'000 / data_rate_mtps_;
  }

 private:
  using Signal = WaveLog::Signal;
  struct BankSignals {
    Signal command, row, column;
  };
  struct ChannelSignals {
    Signal command, rank, bank, row, column;
    std::vector<BankSignals> banks;  // of all ranks
  };

  ChannelSignals add_channel(const std::string& scope, unsigned ranks);
  void show_on_bank(const BankSignals& bank, const CommandRecord& command);

  WaveLog& log_;
  std::uint64_t data_rate_mtps_;
  std::vector<ChannelSignals> channels_;
};

}  // namespace faultline
