// SPDX-License-Identifier: Apache-2.0
// What a cache does, apart from its cycles (tests/timing/cache).
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "tests/unit/cache/cache_bench.h"

namespace faultline {
namespace {

using CacheBehaviour = OneCache;

INSTANTIATE_TEST_SUITE_P(Cache, CacheBehaviour, ::testing::Bool(), memory_name);

TEST_P(CacheBehaviour, try_hit_counts_and_changes_nothing_when_it_fails) {
  build(small_cache(1, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    EXPECT_FALSE(cache->try_hit(line(0), false));
    EXPECT_FALSE(cache->try_hit(line(0), true));
    EXPECT_EQ(cache->stats().accesses, 0U);
    cache->load_miss(clock, line(0));
    EXPECT_TRUE(cache->try_hit(line(0), false));
    EXPECT_EQ(cache->stats().load_misses, 1U);
    EXPECT_EQ(cache->stats().load_hits, 1U);
    EXPECT_EQ(cache->stats().accesses, 2U);
  });
}

TEST_P(CacheBehaviour, stores_to_one_line_share_one_fill) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    for (unsigned i = 0; i < 8; ++i) {
      cache->store(clock, line(0) + 8 * i);
      clock.advance(1);
    }
    cache->drain(clock);
    EXPECT_TRUE(cache->try_hit(line(0), false));
  });
  EXPECT_EQ(cache->stats().store_misses, 8U);
  EXPECT_EQ(cache->stats().merged_misses, 7U);
  EXPECT_EQ(cache->stats().fills, 1U);
}

TEST_P(CacheBehaviour, store_that_merges_into_a_posted_fill_makes_the_line_dirty) {
  build(small_cache(1, 1, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));
    cache->store(clock, line(0));
    cache->drain(clock);
    cache->load(clock, line(1));
    cache->drain(clock);
  });
  EXPECT_EQ(cache->stats().write_backs, 1U);
}

TEST_P(CacheBehaviour, lines_that_were_only_read_are_not_written_back) {
  build(small_cache(1, 1, 3, 2));
  simulate([&](LocalClock& clock) {
    for (unsigned i = 0; i < 10; ++i) cache->load(clock, line(i));
    cache->drain(clock);
  });
  EXPECT_EQ(cache->stats().fills, 10U);
  EXPECT_EQ(cache->stats().write_backs, 0U);
}

TEST_P(CacheBehaviour, load_reports_a_bus_error_and_keeps_no_line) {
  build(small_cache(4, 2, 3, 2));
  memory.failing.insert(line(0).value);
  simulate([&](LocalClock& clock) {
    EXPECT_TRUE(cache->load(clock, line(0)).error);
    EXPECT_EQ(clock.now(), 103U);
    EXPECT_FALSE(cache->try_hit(line(0), false));
    memory.failing.clear();
    EXPECT_FALSE(cache->load(clock, line(0)).error);
  });
  EXPECT_EQ(cache->stats().bus_errors, 1U);
  EXPECT_EQ(cache->stats().lost_stores, 0U);
}

TEST_P(CacheBehaviour, address_without_a_home_in_memory_is_an_error) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    EXPECT_TRUE(cache->load(clock, PhysAddr{0x1000}).error);
    EXPECT_FALSE(cache->try_hit(PhysAddr{0x1000}, false));
  });
}

TEST_P(CacheBehaviour, posted_stores_that_fail_are_counted_and_the_first_is_named) {
  build(small_cache(4, 2, 3, 4));
  memory.failing = {line(1).value, line(2).value};
  simulate([&](LocalClock& clock) {
    EXPECT_FALSE(cache->first_lost_store().has_value());
    cache->store(clock, line(1) + 4);
    cache->store(clock, line(1) + 8);
    clock.advance(1);
    cache->store(clock, line(2));
    cache->store(clock, line(3));
    clock.advance(1);
    EXPECT_TRUE(cache->load(clock, line(1)).error) << "a load that merges learns of it too";
    cache->drain(clock);
    EXPECT_FALSE(cache->try_hit(line(1), false));
    EXPECT_TRUE(cache->try_hit(line(3), false));
  });
  EXPECT_EQ(cache->stats().lost_stores, 3U);
  EXPECT_EQ(cache->stats().bus_errors, 2U);
  EXPECT_EQ(cache->first_lost_store(), line(1));
}

TEST_P(CacheBehaviour, fills_and_write_backs_point_at_the_lines_home) {
  build(small_cache(1, 1, 3, 1));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(3));
    cache->drain(clock);
    cache->load(clock, line(4));
    cache->drain(clock);
  });
  EXPECT_EQ(memory.data_pointers,
            (std::vector<const unsigned char*>{memory.bytes.data() + 3 * kLineBytes,
                                               memory.bytes.data() + 4 * kLineBytes,
                                               memory.bytes.data() + 3 * kLineBytes}));
}

TEST_P(CacheBehaviour, invalidate_all_forgets_every_line) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    for (unsigned i = 0; i < 8; ++i) cache->load(clock, line(i));
    cache->store(clock, line(5));
    cache->store(clock, line(9));
    cache->invalidate_all(clock);
    for (unsigned i = 0; i < 10; ++i) EXPECT_FALSE(cache->try_hit(line(i), false));
  });
  EXPECT_EQ(cache->stats().write_backs, 2U);
}

TEST_P(CacheBehaviour, snoops_take_dirty_data_and_before_a_write_the_line) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    EXPECT_FALSE(cache->snoop(line(0), true, clock.now())) << "absent";
    cache->store(clock, line(0));
    EXPECT_FALSE(cache->snoop(line(0), true, clock.now())) << "pending: it stays";
    cache->drain(clock);
    EXPECT_TRUE(cache->snoop(line(0), false, clock.now()));
    EXPECT_FALSE(cache->snoop(line(0), false, clock.now())) << "it is clean now";
    EXPECT_TRUE(cache->try_hit(line(0), true)) << "and still there";
    EXPECT_TRUE(cache->snoop(line(0), true, clock.now()));
    EXPECT_FALSE(cache->try_hit(line(0), false));
    cache->invalidate_all(clock);
  });
  EXPECT_EQ(cache->stats().accesses, 2U) << "a snoop is no access";
  EXPECT_EQ(cache->stats().write_backs, 0U) << "the data went home with the snoops";
}

TEST_P(CacheBehaviour, random_traffic_of_two_threads_keeps_the_books) {
  build(small_cache(4, 2, 3, 3));
  const auto traffic = [&](std::uint64_t seed) {
    return [this, seed](LocalClock& clock) {
      std::mt19937_64 random(seed);
      for (unsigned i = 0; i < 5'000; ++i) {
        clock.advance(random() % 40);
        clock.before_shared();
        const PhysAddr address = line(random() % 24);
        if (random() % 2 == 0) {
          EXPECT_FALSE(cache->load(clock, address).error);
        } else {
          cache->store(clock, address);
        }
      }
      cache->drain(clock);
    };
  };
  simulate({traffic(1), traffic(2)});
  const CacheStats& stats_of = cache->stats();
  EXPECT_EQ(stats_of.accesses, 10'000U);
  EXPECT_EQ(stats_of.fills + stats_of.merged_misses, stats_of.misses());
  EXPECT_EQ(stats_of.fills + stats_of.write_backs, memory.log.size());
  EXPECT_LE(stats_of.write_backs, stats_of.fills);
  EXPECT_GT(stats_of.write_backs, 0U);
  EXPECT_GT(stats_of.stall_cycles, 0U);
}

/// A cache below an initiator that sends it transactions.
class CacheTarget : public OneCache {
 protected:
  struct Initiator : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
    explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name) {}
  };
  Initiator above{"above"};
  MemoryAttributes attributes;

  void build(const CacheParams& params) {
    OneCache::build(params);
    above.socket.bind(cache->target);
  }
  tlm::tlm_response_status send(LocalClock& clock, tlm::tlm_command command, PhysAddr address,
                                void* data, unsigned length) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address.value);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_extension(&attributes);
    clock.transport(above.socket, payload);
    payload.clear_extension(&attributes);
    return payload.get_response_status();
  }
};

INSTANTIATE_TEST_SUITE_P(Cache, CacheTarget, ::testing::Bool(), memory_name);

TEST_P(CacheTarget, transactions_carry_data_and_say_who_served_them) {
  build(small_cache(4, 2, 3, 2));
  const std::uint64_t stored = 0x1122'3344'5566'7788;
  std::memcpy(memory.bytes.data() + 72, &stored, sizeof stored);
  simulate([&](LocalClock& clock) {
    std::uint64_t value = 0;
    EXPECT_EQ(send(clock, tlm::TLM_READ_COMMAND, line(1) + 8, &value, 8), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(value, stored);
    EXPECT_EQ(attributes.served_by, ServedBy::DramRowHit);
    EXPECT_EQ(clock.now(), 103U);
    clock.advance(1);
    EXPECT_EQ(send(clock, tlm::TLM_READ_COMMAND, line(1) + 12, &value, 4), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(value, 0x1122'3344'1122'3344U);
    EXPECT_EQ(attributes.served_by, ServedBy::L1);
    EXPECT_EQ(clock.now(), 107U);
  });
}

TEST_P(CacheTarget, written_data_reach_their_home_and_the_line_is_dirty) {
  build(small_cache(1, 1, 3, 2));
  simulate([&](LocalClock& clock) {
    std::uint64_t value = 0x77;
    EXPECT_EQ(send(clock, tlm::TLM_WRITE_COMMAND, line(1) + 8, &value, 8), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(clock.now(), 103U) << "part of a line is filled first";
    EXPECT_EQ(memory.bytes[72], 0x77U);
    cache->load(clock, line(2));
    cache->drain(clock);
  });
  EXPECT_EQ(cache->stats().write_backs, 1U);
}

TEST_P(CacheTarget, whole_line_is_written_without_a_fill) {
  build(small_cache(1, 1, 3, 2));
  simulate([&](LocalClock& clock) {
    std::array<unsigned char, kLineBytes> data{};
    data.fill(0x5a);
    EXPECT_EQ(send(clock, tlm::TLM_WRITE_COMMAND, line(1), data.data(), kLineBytes),
              tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(clock.now(), 3U);
    EXPECT_EQ(memory.bytes[64], 0x5aU);
    EXPECT_EQ(memory.bytes[127], 0x5aU);
    EXPECT_TRUE(cache->try_hit(line(1), false));
    cache->load(clock, line(2));
    cache->drain(clock);
  });
  EXPECT_EQ(cache->stats().fills, 1U);
  EXPECT_EQ(cache->stats().write_backs, 1U);
}

TEST_P(CacheTarget, transactions_that_no_line_holds_are_refused) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    std::array<unsigned char, 128> data{};
    EXPECT_EQ(send(clock, tlm::TLM_READ_COMMAND, line(0) + 60, data.data(), 8),
              tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(send(clock, tlm::TLM_READ_COMMAND, line(0), data.data(), 128),
              tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(send(clock, tlm::TLM_IGNORE_COMMAND, line(0), data.data(), 8),
              tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(send(clock, tlm::TLM_READ_COMMAND, PhysAddr{0x1000}, data.data(), 8),
              tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(send(clock, tlm::TLM_WRITE_COMMAND, PhysAddr{0x1000}, data.data(), kLineBytes),
              tlm::TLM_GENERIC_ERROR_RESPONSE);
  });
}

}  // namespace
}  // namespace faultline
