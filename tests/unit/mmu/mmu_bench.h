// SPDX-License-Identifier: Apache-2.0
#pragma once

// An MMU on a bench: page tables in a few MiB of host memory, and behind the walker's socket a
// memory that answers after a chosen number of cycles and can be told to misbehave. The tests drive
// it with plain functions that run as SystemC threads.

#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/bus/memory_map.h"
#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"
#include "models/common/stats.h"
#include "models/mmu/format.h"
#include "models/mmu/mmu.h"
#include "models/mmu/pmp.h"
#include "models/mmu/walk_port.h"

namespace faultline {

inline constexpr std::uint64_t kPeriodPs = 1000;
inline constexpr std::uint64_t kMemoryBase = 0x8000'0000;
inline constexpr std::uint64_t kMemoryBytes = 8 << 20;
inline constexpr std::uint64_t kDeviceBase = 0x1000'0000;
inline constexpr std::uint64_t kUserRwx = kPteV | kPteR | kPteW | kPteX | kPteU | kPteA | kPteD;

inline std::uint64_t pointer_pte(std::uint64_t table, std::uint64_t flags = 0) {
  return (table >> kPageShift << kPtePpnShift) | kPteV | flags;
}
inline std::uint64_t leaf_pte(std::uint64_t page, std::uint64_t flags = kUserRwx) {
  return (page >> kPageShift << kPtePpnShift) | flags;
}

/// Answers every transaction after `latency` cycles; moves no bytes (the data pointer is their
/// home).
class StubMemory : public sc_core::sc_module {
 public:
  explicit StubMemory(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &StubMemory::b_transport);
    socket.register_transport_dbg(this, &StubMemory::transport_dbg);
  }

  struct Seen {
    bool write;
    std::uint64_t address;
    unsigned bytes;
    Cycles at;
    const unsigned char* data;
  };

  tlm_utils::simple_target_socket<StubMemory> socket{"socket"};
  Cycles latency = 10;
  bool waits = false;        ///< spends the latency in SystemC's time rather than annotating it
  std::uint64_t broken = 0;  ///< this address is answered with an error
  std::function<void(const Seen&)> on_access = [](const Seen&) {};  ///< at arrival
  std::vector<Seen> seen;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const sc_core::sc_time now = sc_core::sc_time_stamp() + delay;
    seen.push_back({payload.is_write(), payload.get_address(), payload.get_data_length(),
                    now.value() / kPeriodPs, payload.get_data_ptr()});
    on_access(seen.back());
    if (auto* attributes = payload.get_extension<MemoryAttributes>(); attributes != nullptr) {
      attributes->served_by = ServedBy::L2;
    }
    delay += sc_core::sc_time::from_value(latency * kPeriodPs);
    if (waits) {
      sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    }
    payload.set_response_status(payload.get_address() == broken ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                                : tlm::TLM_OK_RESPONSE);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
    seen.push_back({payload.is_write(), payload.get_address(), payload.get_data_length(), 0,
                    payload.get_data_ptr()});
    return payload.get_data_length();
  }
};

/// Tables of `format` in memory, built by hand. The root is page `root` of memory, further tables
/// follow.
class PageTables {
 public:
  explicit PageTables(const DirectMemory& memory, PageTableFormat format = PageTableFormat::Sv39,
                      unsigned root = 0)
      : memory_(memory),
        levels_(with_format(format, []<typename Format>() { return Format::kLevels; })),
        root_(kMemoryBase + root * kPageBytes),
        next_table_(root_.value + kPageBytes) {}

  [[nodiscard]] unsigned levels() const { return levels_; }
  [[nodiscard]] std::uint64_t satp(Asid asid = 0) const {
    constexpr std::uint64_t kModeWithoutLevels = Sv39::kSatpMode - Sv39::kLevels;
    return ((kModeWithoutLevels + levels_) << 60) | (std::uint64_t{asid} << 44) |
           (root_.value >> kPageShift);
  }
  /// Writes the entry of `va` at `level`, making the tables above it where there are none.
  void set(std::uint64_t va, unsigned level, std::uint64_t pte) {
    store_entry(memory_.at(entry(va, level)), Sv39::kPteBytes, pte);
  }
  [[nodiscard]] std::uint64_t get(std::uint64_t va, unsigned level) {
    return load_entry(memory_.at(entry(va, level)), Sv39::kPteBytes);
  }
  /// Address of the entry of `va` at `level`.
  PhysAddr entry(std::uint64_t va, unsigned level) {
    PhysAddr table = root_;
    for (unsigned i = levels_ - 1; i > level; --i) {
      const PhysAddr at = table + Sv39::entry_offset(VirtAddr{va}, i);
      std::uint64_t pte = load_entry(memory_.at(at), Sv39::kPteBytes);
      if (pte == 0) {
        pte = pointer_pte(next_table_);
        next_table_ += kPageBytes;
        store_entry(memory_.at(at), Sv39::kPteBytes, pte);
      }
      table = Sv39::decode(pte).target;
    }
    return table + Sv39::entry_offset(VirtAddr{va}, level);
  }

 private:
  DirectMemory memory_;
  unsigned levels_;
  PhysAddr root_;
  std::uint64_t next_table_;
};

/// Makes PMP allow everything in S and U mode, as the firmware does, from entry `entry` on.
inline void open_pmp(Pmp& pmp, unsigned entry = 15) {
  pmp.write_address(entry, ~std::uint64_t{0});
  const std::uint64_t config = 0x1f;  // NAPOT, RWX
  pmp.write_config(entry / 8, config << (8 * (entry % 8)));
}

/// The defaults with the walker on its own socket.
inline MmuParams bench_params() {
  MmuParams params;
  params.walker.enters = WalkerEntry::Memory;
  return params;
}

class MmuBench {
 public:
  explicit MmuBench(const MmuParams& params = bench_params())
      : host_(kMemoryBytes),
        memory_{PhysAddr{kMemoryBase}, kMemoryBytes, host_.data()},
        tables(memory_, params.format),
        stub("memory"),
        downstream("downstream"),
        mmu("mmu", params, kPeriodPs, pmp, map, stats) {
    EXPECT_TRUE(check(params).empty());
    open_pmp(pmp);
    map.add({"dram", PhysAddr{kMemoryBase}, kMemoryBytes, RegionKind::Memory});
    map.add({"device", PhysAddr{kDeviceBase}, kPageBytes, RegionKind::Device});
    mmu.set_direct_memory(memory_);
    mmu.walker_socket().bind(stub.socket);
    mmu.downstream.bind(downstream.socket);
    user.satp = tables.satp();
    user.privilege = Privilege::User;
  }

  /// Runs `body` as a SystemC thread from time 0 to its end (several: at the same time).
  using Body = std::function<void(LocalClock&)>;
  void run(const std::vector<Body>& bodies) {
    unsigned ended = 0;
    for (const Body& body : bodies) {
      sc_core::sc_spawn([&ended, body] {
        LocalClock clock(kPeriodPs);
        body(clock);
        ++ended;
      });
    }
    sc_core::sc_start();
    EXPECT_EQ(ended, bodies.size()) << "a thread never came to its end";
  }
  void run(const Body& body) { run(std::vector<Body>{body}); }

  [[nodiscard]] const DirectMemory& memory() const { return memory_; }
  /// The first 8 pages of memory, to compare and to put back.
  [[nodiscard]] std::vector<unsigned char> image() const {
    return {host_.begin(), host_.begin() + kImageBytes};
  }
  void restore(const std::vector<unsigned char>& image) {
    std::copy(image.begin(), image.end(), host_.begin());
  }

  /// A statistic by its dotted path below the MMU's group.
  [[nodiscard]] std::uint64_t stat(const std::string& path) const {
    const StatGroup* group = &stats;
    std::string rest = path;
    for (std::size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
      for (const auto& child : group->groups()) {
        if (child->name() == rest.substr(0, dot)) group = child.get();
      }
      rest = rest.substr(dot + 1);
    }
    for (const StatGroup::Counter& counter : group->counters()) {
      if (counter.name == rest) return *counter.value;
    }
    ADD_FAILURE() << "no statistic " << path;
    return 0;
  }

 private:
  static constexpr std::ptrdiff_t kImageBytes = 8 * kPageBytes;

  std::vector<unsigned char> host_;
  DirectMemory memory_;

 public:
  Pmp pmp;
  MemoryMap map;
  StatGroup stats{"mmu"};
  PageTables tables;
  StubMemory stub;        ///< behind the walker
  StubMemory downstream;  ///< behind Mmu::target
  Mmu mmu;
  TranslationContext user;  ///< U mode, ASID 0, the bench's tables
};

}  // namespace faultline
