// SPDX-License-Identifier: Apache-2.0
#pragma once

// The architectural state of a hart outside its CSR file: pc, registers, privilege and the LR/SC
// reservation. fcsr lives in the CSR file. A plain value; it knows neither time nor memory.

#include <array>
#include <cstdint>

#include "models/common/types.h"

namespace faultline {

/// The reservation of lr/sc. The reservation set is the naturally aligned 64-byte line of the
/// address (RISC-V Unprivileged 20191213, 8.2: any size that holds the bytes is allowed).
struct Reservation {
  bool valid = false;
  PhysAddr line{};  ///< aligned to kLineBytes; meaningless if not valid
};

/// Registers, pc and privilege of one hart, RV64 with F and D.
struct ArchState {
  /// Integer and floating-point registers share one array, so that a decoded instruction names any
  /// register by one number: x0..x31 are 0..31, writes to x0 go to kDiscard, f0..f31 are
  /// kFloat..kFloat+31.
  static constexpr unsigned kDiscard = 32;
  static constexpr unsigned kFloat = 33;
  static constexpr unsigned kRegisters = kFloat + 32;

  std::uint64_t pc = 0;
  std::array<std::uint64_t, kRegisters> reg{};
  Privilege privilege = Privilege::Machine;
  Reservation reservation{};

  [[nodiscard]] std::uint64_t x(unsigned n) const { return reg[n]; }
  void set_x(unsigned n, std::uint64_t value) { reg[n == 0 ? kDiscard : n] = value; }
  /// The raw 64 bits; a single is NaN-boxed (RISC-V Unprivileged 20191213, 12.2).
  [[nodiscard]] std::uint64_t f(unsigned n) const { return reg[kFloat + n]; }
  void set_f(unsigned n, std::uint64_t bits) { reg[kFloat + n] = bits; }
};

}  // namespace faultline
