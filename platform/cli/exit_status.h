// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the command's exit status says. A guest that ends by itself gives its own status, 0 if it
// ended well; the others are Faultline's.

namespace faultline {

inline constexpr int kExitWell = 0;
inline constexpr int kExitDifference = 1;  ///< cosim: models and RTL differ, or not all was seen
inline constexpr int kExitUsage = 2;       ///< wrong usage, configuration, or guest file
inline constexpr int kExitLimit =
    3;  ///< the simulation was ended by a limit, or the guest ran wild
inline constexpr int kExitModel = 4;  ///< the simulator itself failed, or the disk was not kept

}  // namespace faultline
