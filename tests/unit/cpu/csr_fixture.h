// SPDX-License-Identifier: Apache-2.0
#pragma once

// A CSR file with a PMP unit and a clock that the test sets.

#include <gtest/gtest.h>

#include "models/cpu/csr_file.h"
#include "models/mmu/pmp.h"

namespace faultline {

class CsrTest : public ::testing::Test {
 protected:
  explicit CsrTest(const CsrParams& params = {}) : csr(params, pmp) {
    csr.connect_time([this] { return mtime; });
  }

  /// Reads what must be readable in M mode.
  std::uint64_t get(CsrAddress address) {
    const CsrResult result = csr.read(address, Privilege::Machine);
    EXPECT_TRUE(result.legal) << std::hex << static_cast<unsigned>(address);
    return result.value;
  }
  /// Writes what must be writable in M mode; returns the effects.
  std::uint8_t set(CsrAddress address, std::uint64_t value) {
    const CsrResult result = csr.write(address, value, Privilege::Machine);
    EXPECT_TRUE(result.legal) << std::hex << static_cast<unsigned>(address);
    return result.effects;
  }
  /// What reads back after a write.
  std::uint64_t written(CsrAddress address, std::uint64_t value) {
    set(address, value);
    return get(address);
  }
  bool readable(CsrAddress address, Privilege privilege) {
    return csr.read(address, privilege).legal;
  }
  bool writable(CsrAddress address, Privilege privilege) {
    return csr.write(address, 0, privilege).legal;
  }

  Pmp pmp;
  CsrFile csr;
  std::uint64_t mtime = 0;
};

inline constexpr std::uint64_t kAllOnes = ~std::uint64_t{0};

/// The n-th register after `first`.
constexpr CsrAddress nth(CsrAddress first, unsigned n) {
  return static_cast<CsrAddress>(static_cast<unsigned>(first) + n);
}

}  // namespace faultline
