// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random page tables: a pool of table pages that point to each other, mostly as tables do and
// sometimes as they should not.

#include <cstdint>
#include <vector>

#include "models/common/types.h"
#include "platform/cosim/random.h"

namespace faultline {

inline constexpr unsigned kEntriesPerTable = 512;

/// Where the tables lie, and what else is in the memory map.
struct TableSpace {
  PhysAddr base{};           ///< of the first table
  unsigned pages = 0;        ///< tables; a multiple of 3, 4 and 5
  unsigned unreachable = 0;  ///< pages behind them that are memory of which no bytes are there
  PhysAddr device{};         ///< a page of registers
  unsigned levels = 3;       ///< of the largest format
};

/// Table `page` of the pool serves as a table of this level.
[[nodiscard]] constexpr unsigned level_of_table(unsigned page, unsigned levels) {
  return page % levels;
}

/// The indices that are in use in every table: some numbers and, to find entries that are confused
/// with others, numbers that differ from them in one bit.
[[nodiscard]] std::vector<std::uint16_t> random_indices(Random& random);

/// The entries of all tables; those at other indices than `indices` are 0.
[[nodiscard]] std::vector<std::uint64_t> random_tables(Random& random, const TableSpace& space,
                                                       const std::vector<std::uint16_t>& indices);

}  // namespace faultline
