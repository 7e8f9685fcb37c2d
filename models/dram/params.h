// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a DRAM can be configured with: the devices, how they are arranged, the controller's policies
// and its fixed latencies.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/common/params.h"
#include "models/common/types.h"
#include "models/dram/timing.h"

namespace faultline {

/// What happens to a row after an access.
enum class PagePolicy : std::uint8_t {
  Open,    ///< it stays open until another row of its bank is wanted, or a refresh
  Closed,  ///< the last queued access to it closes it (RD or WR with auto-precharge)
};

struct DramParams {
  PhysAddr base{0x8000'0000};  ///< address of the first byte
  std::uint64_t size_bytes = std::uint64_t{2}
                             << 30;  ///< a multiple of a page, up to capacity_bytes()

  std::string preset = "DDR4-2400";  ///< speed grade: one of dram_presets()
  std::optional<DramTiming> timing;  ///< takes the place of the preset's timing if given
  unsigned density_gbit = 8;         ///< of one x8 device: 4, 8 or 16
  unsigned channels = 1;             ///< independent 64-bit channels: 1, 2, 4 or 8
  unsigned ranks = 1;                ///< a channel: 1, 2, 4 or 8
  /// Which address bits select what, from the most significant down, above the 6 bits within a
  /// line. Channel and bank group lowest: neighbouring lines alternate, so that a stream runs at
  /// tCCD_S.
  std::string address_order = "row-rank-bank-column-bankgroup-channel";

  /// XOR the row's lowest bits into bank and bank group, as memory controllers commonly do.
  bool bank_hash = false;

  PagePolicy page_policy = PagePolicy::Open;
  unsigned read_queue_depth = 32;      ///< requests a channel that the scheduler sees (assumption)
  unsigned write_queue_depth = 64;     ///< lines a channel (assumption)
  unsigned write_high_watermark = 48;  ///< so many queued writes go before reads ... (assumption)
  unsigned write_low_watermark = 16;   ///< ... until only so many are left (assumption)
  unsigned starvation_cap = 64;        ///< column commands that may overtake a request (assumption)

  /// From the target socket to the command queue, in core cycles: decoding and queueing
  /// (assumption).
  Cycles frontend_latency_cycles = 10;
  /// From the end of the data burst to the target socket, in core cycles: PHY and return path
  /// (assumption).
  Cycles backend_latency_cycles = 10;
  /// A read that finds its line in the write queue: from the command queue to the target socket, in
  /// core cycles (assumption).
  Cycles forward_latency_cycles = 4;

  /// What the devices hold together.
  [[nodiscard]] std::uint64_t capacity_bytes() const {
    return std::uint64_t{density_gbit} * channels * ranks << 30;
  }
};

/// Bank groups of an x8 device (JESD79-4B, 2.6: addressing).
inline constexpr unsigned kBankGroups = 4;
/// Banks of a bank group.
inline constexpr unsigned kBanksPerGroup = 4;
/// Lines of 64 bytes in a row of a rank: 1024 columns of 8 bytes.
inline constexpr unsigned kLinesPerRow = 128;

/// What cannot be built, by field name.
[[nodiscard]] std::vector<ParamProblem> check(const DramParams& params);

/// The given timing, or the preset's. `params` must have passed check().
[[nodiscard]] DramTiming timing_of(const DramParams& params);

}  // namespace faultline
