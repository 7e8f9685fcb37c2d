// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verilated `walker` (rtl/walker.sv) as a plain C++ object: its pins by name, whatever the
// parameters with which it was built. Implemented by models/rtl/adapters/walker.cpp inside the
// shared object that rtl/verilate makes of one set of parameters; loaded by RtlLibrary. Meaning and
// time of each pin: rtl/walker.sv and rtl/faultline_pkg.sv.

#include <array>
#include <cstdint>
#include <string>

namespace faultline {

/// ptw_req_t.
struct WalkerRequestPins {
  std::uint16_t id = 0;
  std::uint64_t address = 0;
  std::uint8_t access = 0;  ///< AccessType
  std::uint8_t privilege = 0;
  std::uint16_t asid = 0;
  std::uint64_t root_ppn = 0;
  std::uint8_t root_level = 2;  ///< 2, 3, 4 for Sv39, Sv48, Sv57
  bool sum = false;
  bool mxr = false;
  bool adue = false;
};

/// What goes into one walk engine.
struct WalkerEngineInputs {
  bool check_allowed = true;  ///< the answer to WalkerEngineOutputs::check_*
  bool memory_grant = false;
  bool memory_valid = false;  ///< the response of memory
  std::uint64_t memory_value = 0;
  bool memory_stored = false;
  bool memory_error = false;
};

/// What comes out of one walk engine: ptw_rsp_t, check_req_t, mem_req_t, ptw_trace_t.
struct WalkerEngineOutputs {
  bool response_valid = false;
  std::uint16_t response_id = 0;
  std::uint8_t status = 0;  ///< AbortStatus
  std::uint8_t level = 0;
  std::uint64_t pte = 0;
  bool global = false;
  bool cacheable = false;
  std::uint8_t walk_cache_level = 0;

  bool check_store = false;
  std::uint64_t check_address = 0;

  bool memory_request = false;
  bool memory_cas = false;
  std::uint64_t memory_address = 0;
  std::uint64_t memory_expected = 0;
  std::uint64_t memory_desired = 0;

  std::uint8_t state = 0;  ///< state_e
  bool started = false;
  std::uint16_t started_id = 0;
  bool read_issued = false;
  bool read_done = false;
  bool update_issued = false;
  bool update_done = false;
  bool refused = false;
  bool stored = false;
  std::uint8_t trace_level = 0;
  std::uint64_t trace_address = 0;
  std::uint64_t trace_value = 0;
  std::uint64_t trace_old_value = 0;
  std::uint64_t trace_new_value = 0;
};

/// What the walk cache of one level counts in this cycle.
struct WalkCacheLevelOutputs {
  std::uint16_t lookups = 0;
  std::uint16_t hits = 0;
  std::uint16_t fills = 0;
  std::uint16_t evictions = 0;
  std::uint32_t fenced = 0;
};

struct WalkerInputs {
  static constexpr unsigned kMaxEngines = 64;
  bool request_valid = false;
  WalkerRequestPins request{};
  bool fence_valid = false;
  bool fence_has_address = false;
  bool fence_has_asid = false;
  std::uint64_t fence_address = 0;
  std::uint16_t fence_asid = 0;
  std::array<WalkerEngineInputs, kMaxEngines> engine{};
};

struct WalkerOutputs {
  bool request_ready = false;
  std::array<WalkerEngineOutputs, WalkerInputs::kMaxEngines> engine{};
  std::array<WalkCacheLevelOutputs, 5> walk_cache{};  ///< by level; [0] is never used
};

/// One instance of the verilated module, out of reset with its clock low. settle() and clock()
/// throw std::runtime_error when an assertion of the RTL fails; the module is of no use afterwards.
class WalkerModule {
 public:
  virtual ~WalkerModule() = default;
  /// Shows `inputs` to the module and reads its outputs of the same cycle; no clock edge. Engines
  /// beyond the module's own are neither read nor written.
  virtual void settle(const WalkerInputs& inputs, WalkerOutputs& outputs) = 0;
  /// One rising edge with the inputs of the last settle(). `time_ps` is the edge's time on the
  /// simulation's axis, for the waves and for messages of assertions; it never goes back.
  virtual void clock(std::uint64_t time_ps) = 0;

  /// Waves (FST) from the next clock() on, only if the module was built with them (rtl/verilate
  /// --waves); otherwise no-ops. `period_ps`: of the clock, for its falling edges.
  virtual void open_waves(const std::string& path, std::uint64_t period_ps) = 0;
  virtual void close_waves() = 0;
  /// Verilator's coverage, only if built with it (rtl/verilate --coverage); otherwise a no-op.
  virtual void write_coverage(const std::string& path) = 0;
};

/// The shared object's one entry: `extern "C" WalkerModule* faultline_rtl_walker()`.
using MakeWalkerModule = WalkerModule* (*)();

}  // namespace faultline
