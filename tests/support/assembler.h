// SPDX-License-Identifier: Apache-2.0
#pragma once

// Assembly in tests: text in, machine code out, by the cross assembler that the guest's software is
// built with.

#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// Assembles and links `text` for RV64GC to `address`. Throws std::runtime_error with the tools'
/// messages.
[[nodiscard]] std::vector<std::uint8_t> assemble(const std::string& text, std::uint64_t address);

/// The first instruction of `text`, its 16 or 32 bits. Compressed forms are chosen only where the
/// text asks for them (c.addi ...).
[[nodiscard]] std::uint32_t assemble_one(const std::string& text);

}  // namespace faultline
