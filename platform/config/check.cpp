// SPDX-License-Identifier: Apache-2.0
// Checks across keys: the models' own, with dotted paths before their keys, and the platform's.

#include <bit>

#include "platform/config/load.h"

namespace faultline {

ConfigProblems check(const MachineConfig& config) {
  ConfigProblems problems;
  if (!std::has_single_bit(config.firmware.fault_around_bytes)) {
    problems.push_back({.path = "firmware.fault_around_bytes",
                        .value = std::to_string(config.firmware.fault_around_bytes),
                        .allowed = "a power of two"});
  }
  return problems;
}

}  // namespace faultline
