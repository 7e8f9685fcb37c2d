// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tests of caches share: a memory of fixed latency that logs what it is asked, and threads
// with their own local time.

#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include <compare>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/cache/cache.h"

namespace faultline {

inline constexpr std::uint64_t kPeriodPs = 500;
inline constexpr Cycles kMemoryLatency = 100;

/// One transaction as the memory saw it.
struct MemoryAccess {
  Cycles at = 0;
  bool write = false;
  std::uint64_t address = 0;
  auto operator<=>(const MemoryAccess&) const = default;
};

inline void PrintTo(const MemoryAccess& access, std::ostream* out) {
  *out << (access.write ? "write " : "read ") << std::hex << access.address << std::dec << " at "
       << access.at;
}

/// A memory at kBase that takes any number of requests at a time and answers each after
/// kMemoryLatency: by annotating its delay, or by waiting, as a memory with a schedule of its own
/// does.
struct StubMemory : sc_core::sc_module {
  static constexpr std::uint64_t kBase = 0x8000'0000;

  tlm_utils::simple_target_socket<StubMemory> socket{"socket"};
  std::vector<unsigned char> bytes = std::vector<unsigned char>(1 << 20);
  std::vector<MemoryAccess> log;
  std::vector<const unsigned char*> data_pointers;  // of the log's transactions
  std::set<std::uint64_t> failing;                  // lines answered with an error
  bool waits;

  StubMemory(const sc_core::sc_module_name& name, bool waits_itself)
      : sc_module(name), waits(waits_itself) {
    socket.register_b_transport(this, &StubMemory::b_transport);
  }
  [[nodiscard]] DirectMemory direct() { return {PhysAddr{kBase}, bytes.size(), bytes.data()}; }

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t at_ps = (sc_core::sc_time_stamp() + delay).value();
    EXPECT_EQ(at_ps % kPeriodPs, 0U);
    log.push_back({at_ps / kPeriodPs, payload.is_write(), payload.get_address()});
    data_pointers.push_back(payload.get_data_ptr());
    delay += sc_core::sc_time::from_value(kMemoryLatency * kPeriodPs);
    if (waits) {
      sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    }
    MemoryAttributes* attributes = nullptr;
    payload.get_extension(attributes);
    if (attributes != nullptr) attributes->served_by = ServedBy::DramRowHit;
    const bool fails = failing.contains(payload.get_address());
    payload.set_response_status(fails ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
  }
};

/// The address of line `n` of the memory.
inline PhysAddr line(std::uint64_t n) {
  return PhysAddr{StubMemory::kBase + n * kLineBytes};
}

/// A cache of `sets` x `ways` lines.
inline CacheParams small_cache(unsigned sets, unsigned ways, unsigned latency, unsigned misses) {
  CacheParams params;
  params.size_bytes = sets * ways * kLineBytes;
  params.ways = ways;
  params.latency_cycles = latency;
  params.outstanding_misses = misses;
  params.replacement = ReplacementKind::Lru;
  return params;
}

/// Runs threads with a local clock each, until all have ended.
inline void simulate(const std::vector<std::function<void(LocalClock&)>>& threads) {
  std::size_t ended = 0;
  for (const auto& thread : threads) {
    sc_core::sc_spawn([&] {
      LocalClock clock(kPeriodPs);
      thread(clock);
      ++ended;
    });
  }
  sc_core::sc_start();
  EXPECT_EQ(ended, threads.size()) << "a thread still waits";
}

inline void simulate(const std::function<void(LocalClock&)>& thread) {
  simulate(std::vector<std::function<void(LocalClock&)>>{thread});
}

/// One cache above the memory; both ways in which a memory may take its time must give the same
/// cycles.
class OneCache : public ::testing::TestWithParam<bool> {
 protected:
  StubMemory memory{"memory", GetParam()};
  StatGroup stats{"cache"};
  std::unique_ptr<Cache> cache;

  void build(const CacheParams& params) {
    cache = std::make_unique<Cache>("l1", params, kPeriodPs, ServedBy::L1, stats);
    cache->memory.bind(memory.socket);
    cache->set_direct_memory(memory.direct());
  }
  void TearDown() override {
    if (cache) {
      EXPECT_EQ(cache->stats().hits() + cache->stats().misses(), cache->stats().accesses);
    }
  }
};

inline std::string memory_name(const ::testing::TestParamInfo<bool>& info) {
  return info.param ? "memory_that_waits" : "memory_that_annotates";
}

}  // namespace faultline
