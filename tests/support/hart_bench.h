// SPDX-License-Identifier: Apache-2.0
#pragma once

// A hart on a bench: with its MMU and L1 caches in front of a memory of fixed latency, and one
// device. Programs are assembly text at kMemoryBase; they end with the macro `exit`. A process can
// build one bench.

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/bus/memory_map.h"
#include "models/cache/cache.h"
#include "models/common/stats.h"
#include "models/cpu/hart.h"
#include "models/mmu/mmu.h"
#include "models/mmu/pmp.h"

namespace faultline {

/// Main memory and a page of device registers. Every transaction takes `latency` cycles.
class BenchMemory : public sc_core::sc_module {
 public:
  static constexpr std::uint64_t kBase = 0x8000'0000;
  static constexpr std::uint64_t kBytes = 64 << 20;
  static constexpr std::uint64_t kDevice = 0x1000'0000;

  BenchMemory(const sc_core::sc_module_name& name, std::uint64_t period_ps);

  tlm_utils::multi_passthrough_target_socket<BenchMemory> target{"target"};
  Cycles latency = 20;
  /// A read or write of a device register at an offset; false is a bus error.
  std::function<bool(bool write, std::uint64_t offset, std::uint64_t& value)> on_device;

  [[nodiscard]] DirectMemory direct() { return {PhysAddr{kBase}, kBytes, bytes_.get()}; }

 private:
  void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int id, tlm::tlm_generic_payload& payload);

  std::uint64_t period_ps_;
  std::unique_ptr<unsigned char, void (*)(void*)> bytes_;
};

class HartBench {
 public:
  static constexpr std::uint64_t kPeriodPs = 1000;
  static constexpr std::uint64_t kMemoryBase = BenchMemory::kBase;
  static constexpr std::uint64_t kDeviceBase = BenchMemory::kDevice;
  /// The device's registers: a write to kExit stops the hart, reads of kTime give the cycle,
  /// anything at kError is a bus error, and a write of n to kTimer raises MEI n cycles later (a
  /// write of 0 lowers it).
  static constexpr std::uint64_t kExit = 0x0;
  static constexpr std::uint64_t kTime = 0x8;
  static constexpr std::uint64_t kError = 0x10;
  static constexpr std::uint64_t kTimer = 0x18;

  explicit HartBench(const HartParams& params = functional(), const MmuParams& mmu_params = {},
                     const std::string& name = "bench");

  /// Parameters for short tests, with a limit of cycles so that none hangs.
  static HartParams functional();
  static HartParams cycle();

  /// Puts a program at `address`.
  void program(const std::string& text, std::uint64_t address = kMemoryBase);
  void write(std::uint64_t address, std::uint64_t value, unsigned bytes = 8);
  [[nodiscard]] std::uint64_t read(std::uint64_t address, unsigned bytes = 8);
  /// Runs until the hart has stopped; returns its report.
  const HartStop& run();
  /// Runs several at the same time until all have stopped.
  static void run_all(const std::vector<HartBench*>& benches);

  [[nodiscard]] std::uint64_t x(unsigned n) { return hart.state().x(n); }
  /// The statistic of a dotted path below the bench: "hart.loads", "mmu.l1_dtlb.hits".
  [[nodiscard]] std::uint64_t stat(const std::string& path);
  /// Every statistic, a line each.
  [[nodiscard]] std::string all_stats();

  StatGroup stats{"bench"};
  Pmp pmp;
  MemoryMap map;
  BenchMemory memory;
  Mmu mmu;
  Cache l1i;
  Cache l1d;
  Hart hart;

 private:
  bool device(bool write, std::uint64_t offset, std::uint64_t& value);

  sc_core::sc_event timer_;
};

/// Builds Sv39 page tables in the bench's memory.
class PageTables {
 public:
  /// Tables are taken from `first_page` upwards; the first is the root.
  PageTables(HartBench& bench, std::uint64_t first_page) : bench_(bench), next_(first_page) {
    root_ = take();
  }
  /// Maps the page at `va` to `pa` with the PTE bits `flags`; level 0 is 4 KiB, 1 is 2 MiB, 2 is 1
  /// GiB.
  void map(std::uint64_t va, std::uint64_t pa, std::uint64_t flags, unsigned level = 0);
  /// Where the entry of `va` is; its tables exist.
  [[nodiscard]] std::uint64_t entry_address(std::uint64_t va, unsigned level = 0);
  /// satp for these tables.
  [[nodiscard]] std::uint64_t satp(std::uint64_t asid = 0) const {
    return std::uint64_t{8} << 60 | asid << 44 | root_ >> 12;
  }

 private:
  std::uint64_t take() {
    const std::uint64_t page = next_;
    next_ += kPageBytes;
    return page;
  }

  HartBench& bench_;
  std::uint64_t next_;
  std::uint64_t root_;
};

}  // namespace faultline
