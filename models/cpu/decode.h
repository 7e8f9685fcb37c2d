// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decoding of RV64IMAFDC, Zicsr, Zifencei and the privileged instructions (RISC-V Unprivileged
// 20191213, chapters 2-13, 16 and 24; Privileged 1.12, 2.1, 3.3, 4.2). Every encoding that these
// leave reserved decodes to Op::Illegal; hints execute as what they are encoded as. Whether an
// instruction may be executed (privilege, mstatus.FS, frm) is decided when it is executed.

#include <cstdint>

#include "models/cpu/instruction.h"

namespace faultline {

/// True if an instruction that begins with this parcel is 4 bytes long. (Longer formats are
/// reserved and treated as illegal 4-byte instructions.)
[[nodiscard]] constexpr bool is_four_bytes(std::uint16_t parcel) {
  return (parcel & 3) == 3;
}

/// The 4-byte instruction that a compressed one stands for; 0, which is illegal, for reserved
/// encodings.
[[nodiscard]] std::uint32_t expand_compressed(std::uint16_t parcel);

/// Decodes the instruction in the low 16 or 32 bits of `bits`; upper bits of a compressed one are
/// ignored.
[[nodiscard]] DecodedInst decode(std::uint32_t bits);

}  // namespace faultline
