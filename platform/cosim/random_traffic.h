// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random streams of walks: a few address spaces, addresses that stay near each other for a while,
// so that walk caches hit, and everything that a request may say.

#include <cstdint>
#include <vector>

#include "models/common/types.h"
#include "platform/cosim/random.h"
#include "platform/cosim/random_tables.h"
#include "platform/cosim/round.h"

namespace faultline {

/// For each initiator its walks, `walks` together (rounded down to equal shares).
[[nodiscard]] std::vector<std::vector<PlannedWalk>> random_traffic(
    Random& random, const TableSpace& space, const std::vector<std::uint16_t>& indices,
    const Temper& temper, unsigned initiators, unsigned walks);

}  // namespace faultline
