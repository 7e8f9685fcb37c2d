// SPDX-License-Identifier: Apache-2.0
#pragma once

// The timing parameters of DDR4 SDRAM, in clock cycles, and the speed grades that come with the
// project. Modelled: the constraints between the commands ACT, PRE, RD, WR and REF of JESD79-4B in
// normal operation (burst length 8, additive latency 0, 1 tCK preambles, 1x refresh). Not modelled:
// power-down, self refresh, ZQ calibration, write CRC, command parity, gear-down, per-bank limits
// such as 9 x tREFI on an open row (a refresh closes every row before that).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/common/params.h"

namespace faultline {

/// A number of DRAM clock cycles (nCK), or a point in time counted in them since the start of
/// simulation.
using DramCycles = std::uint64_t;

/// Clock cycles that a burst of 8 occupies the data bus (two transfers a cycle).
inline constexpr unsigned kBurstCycles = 4;

/// Every value is in clock cycles (nCK) unless its name says otherwise. The tables named are those
/// of JESD79-4B; the same parameters are in the AC timing tables of Micron's data sheet "8Gb: x4,
/// x8, x16 DDR4 SDRAM" (MT40A1G8).
struct DramTiming {
  unsigned data_rate_mtps = 0;  ///< transfers a second in millions; the clock has half of it

  unsigned cl = 0;       ///< RD to the first data (speed bins: tAA)
  unsigned cwl = 0;      ///< WR to the first data (speed bins: supported CWL, 1 tCK preamble)
  unsigned t_rcd = 0;    ///< ACT to RD or WR, same bank (speed bins)
  unsigned t_rp = 0;     ///< PRE to ACT or REF, same bank (speed bins)
  unsigned t_ras = 0;    ///< ACT to PRE, same bank (speed bins)
  unsigned t_rc = 0;     ///< ACT to ACT or REF, same bank (speed bins)
  unsigned t_rrd_s = 0;  ///< ACT to ACT, different bank groups (AC timing, 1 KB page)
  unsigned t_rrd_l = 0;  ///< ACT to ACT, same bank group (AC timing, 1 KB page)
  unsigned t_faw = 0;    ///< window of at most four ACT, same rank (AC timing, 1 KB page)
  unsigned t_ccd_s = 0;  ///< RD to RD or WR to WR, different bank groups (AC timing)
  unsigned t_ccd_l = 0;  ///< RD to RD or WR to WR, same bank group (AC timing)
  unsigned t_wr = 0;     ///< end of write data to PRE, same bank (AC timing)
  unsigned t_wtr_s = 0;  ///< end of write data to RD, different bank groups (AC timing)
  unsigned t_wtr_l = 0;  ///< end of write data to RD, same bank group (AC timing)
  unsigned t_rtp = 0;    ///< RD to PRE, same bank (AC timing)
  unsigned t_rfc = 0;    ///< REF to ACT or REF, same rank (refresh parameters by density, tRFC1)
  unsigned t_refi = 0;   ///< mean distance of REF commands (refresh parameters, up to 85 degrees C)
  unsigned t_rtrs =
      0;  ///< gap on the data bus when another rank drives it (no standard value: assumption)

  /// RD to WR of the same rank: the write data may follow the read data after one cycle of
  /// turnaround and the write preamble of one cycle (JESD79-4B, 4.24.2: CL - CWL + BL/2 + 1 tCK +
  /// tWPRE).
  [[nodiscard]] constexpr unsigned read_to_write() const { return cl - cwl + kBurstCycles + 2; }
  /// WR to RD of the same rank, other bank group (JESD79-4B, 4.25: CWL + BL/2 + tWTR_S).
  [[nodiscard]] constexpr unsigned write_to_read_s() const { return cwl + kBurstCycles + t_wtr_s; }
  /// WR to RD of the same rank and bank group (CWL + BL/2 + tWTR_L).
  [[nodiscard]] constexpr unsigned write_to_read_l() const { return cwl + kBurstCycles + t_wtr_l; }
  /// WR to PRE of the same bank (CWL + BL/2 + tWR).
  [[nodiscard]] constexpr unsigned write_to_precharge() const { return cwl + kBurstCycles + t_wr; }
  /// RD to RD and WR to WR of different ranks.
  [[nodiscard]] constexpr unsigned rank_to_rank() const { return kBurstCycles + t_rtrs; }
  /// RD to WR of another rank.
  [[nodiscard]] constexpr unsigned read_to_write_other_rank() const {
    return cl - cwl + kBurstCycles + t_rtrs;
  }
  /// WR to RD of another rank; the data must not meet on the bus.
  [[nodiscard]] constexpr unsigned write_to_read_other_rank() const {
    return cwl + kBurstCycles + t_rtrs > cl ? cwl + kBurstCycles + t_rtrs - cl : 1;
  }

  bool operator==(const DramTiming&) const = default;
};

/// The names that dram_timing() knows, slowest first: "DDR4-1600", "DDR4-2400", "DDR4-3200".
[[nodiscard]] const std::vector<std::string>& dram_presets();

/// The timing of a speed grade with x8 devices (1 KB page) of `density_gbit` Gb each (4, 8 or 16);
/// nothing if the name or the density is unknown.
[[nodiscard]] std::optional<DramTiming> dram_timing(std::string_view preset, unsigned density_gbit);

/// What makes a timing impossible (a zero, tRAS + tRP > tRC, tCCD_S below the burst, ...).
[[nodiscard]] std::vector<ParamProblem> check(const DramTiming& timing);

}  // namespace faultline
