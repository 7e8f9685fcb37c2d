// SPDX-License-Identifier: Apache-2.0
#pragma once

// Verilated modules by their parameters. Parameters of the RTL are compile-time, the configuration
// is not; so a design, which is one module with one set of parameters, is verilated and compiled by
// rtl/verilate when it is first asked for, kept as a shared object in a folder, and loaded.

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "models/mmu/params.h"
#include "models/rtl/l2_tlb_module.h"
#include "models/rtl/walker_module.h"

namespace faultline {

/// A design could not be built or loaded, or a module broke a rule: one of its assertions, or what
/// its ports promise.
class RtlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where designs come from and go to.
struct RtlLibraryOptions {
  std::filesystem::path script;   ///< rtl/verilate; empty: this build has no RTL
  std::filesystem::path designs;  ///< the folder that keeps the designs; made if it is not there
  std::filesystem::path sources;  ///< the SystemVerilog; empty: that beside the script
  bool waves = false;             ///< modules that can write waves
  bool coverage = false;          ///< modules that count their coverage
  /// Told, in one sentence, before something is built that takes seconds. May be empty.
  std::function<void(const std::string&)> notice;
};

class RtlLibrary {
 public:
  explicit RtlLibrary(RtlLibraryOptions options) : options_(std::move(options)) {}

  /// A walker as MmuParams says, out of reset. `params` has passed check(), with walker.engine rtl.
  /// Throws RtlError: no RTL in this build, verilator or the compiler is missing, the design does
  /// not build (the message has the first error and the log's path). The code of the module stays
  /// loaded until the process ends.
  [[nodiscard]] std::unique_ptr<WalkerModule> make_walker(const MmuParams& params) const {
    return load_walker(params)();
  }
  /// The L2 TLB of `params`, which has entries; likewise.
  [[nodiscard]] std::unique_ptr<L2TlbModule> make_l2_tlb(const MmuParams& params) const {
    return load_l2_tlb(params)();
  }

  /// Makes modules of a design that is built and loaded once, for whoever needs many.
  using WalkerMaker = std::function<std::unique_ptr<WalkerModule>()>;
  using L2TlbMaker = std::function<std::unique_ptr<L2TlbModule>()>;
  [[nodiscard]] WalkerMaker load_walker(const MmuParams& params) const;
  [[nodiscard]] L2TlbMaker load_l2_tlb(const MmuParams& params) const;

  /// Builds the design of make_walker() or make_l2_tlb(), unless it is there; returns its file.
  [[nodiscard]] std::filesystem::path build_walker(const MmuParams& params) const;
  [[nodiscard]] std::filesystem::path build_l2_tlb(const MmuParams& params) const;

 private:
  RtlLibraryOptions options_;
};

}  // namespace faultline
