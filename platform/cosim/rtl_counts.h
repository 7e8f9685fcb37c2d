// SPDX-License-Identifier: Apache-2.0
#pragma once

// Verilator's coverage of many modules of one design, added up: each module counts for itself and
// gives its counts away when it is destroyed.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "models/rtl/l2_tlb_module.h"
#include "models/rtl/walker_module.h"

namespace faultline {

class RtlCounts {
 public:
  /// `scratch` is a file that is written again and again, and removed in the end.
  explicit RtlCounts(std::filesystem::path scratch) : scratch_(std::move(scratch)) {}

  /// `module`, which must be built with coverage, such that its counts are added when it goes.
  [[nodiscard]] std::unique_ptr<WalkerModule> counted(std::unique_ptr<WalkerModule> module);
  [[nodiscard]] std::unique_ptr<L2TlbModule> counted(std::unique_ptr<L2TlbModule> module);

  /// Writes the sums, in verilator's own format. Throws std::runtime_error.
  void write(const std::filesystem::path& path) const;

 private:
  template <typename Module>
  void add(Module& module);

  std::filesystem::path scratch_;
  std::map<std::string, std::uint64_t> sums_;  // by verilator's name of a point
};

}  // namespace faultline
