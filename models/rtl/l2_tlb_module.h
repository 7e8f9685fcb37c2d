// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verilated `tlb` with one port (rtl/tlb.sv) as a plain C++ object: see walker_module.h.

#include <cstdint>
#include <string>

namespace faultline {

/// At most one of lookup, insert and fence_valid.
struct L2TlbInputs {
  bool lookup = false;
  bool insert = false;
  std::uint64_t address = 0;
  std::uint16_t asid = 0;
  std::uint8_t level = 0;  ///< insert
  bool global = false;     ///< insert
  std::uint64_t pte = 0;   ///< insert
  bool fence_valid = false;
  bool fence_has_address = false;
  bool fence_has_asid = false;
};

struct L2TlbOutputs {
  bool response_valid = false;
  bool hit = false;
  std::uint8_t level = 0;
  bool global = false;
  std::uint64_t pte = 0;
  bool evicted = false;
  std::uint32_t fenced = 0;
};

class L2TlbModule {
 public:
  virtual ~L2TlbModule() = default;
  virtual void settle(const L2TlbInputs& inputs, L2TlbOutputs& outputs) = 0;
  virtual void clock(std::uint64_t time_ps) = 0;
  virtual void open_waves(const std::string& path, std::uint64_t period_ps) = 0;
  virtual void close_waves() = 0;
  virtual void write_coverage(const std::string& path) = 0;
};

/// The shared object's one entry: `extern "C" L2TlbModule* faultline_rtl_tlb()`.
using MakeL2TlbModule = L2TlbModule* (*)();

}  // namespace faultline
