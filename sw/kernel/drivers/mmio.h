// SPDX-License-Identifier: Apache-2.0
#pragma once

// Registers of devices, 32 bits wide. The kernel reaches them by loads and stores with the fences
// that keep these in order with memory (Linux: readl and writel); the host's unit tests have a
// device of their own behind them.

#include <cstdint>

/// The registers of one device.
class mmio_region {
 public:
  mmio_region() = default;
  /// `base`: where ioremap() shows them.
  explicit mmio_region(void* base) : base_(reinterpret_cast<std::uintptr_t>(base)) {}

  /// Reads a register; what is read from memory afterwards is not older.
  [[nodiscard]] std::uint32_t read(std::uintptr_t offset) const;
  /// Writes a register after everything that was stored to memory before.
  void write(std::uintptr_t offset, std::uint32_t value) const;

 private:
  std::uintptr_t base_ = 0;
};
