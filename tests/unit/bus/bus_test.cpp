// SPDX-License-Identifier: Apache-2.0
// Routing and exact cycles of the crossbar: request latency 2, response latency 3, 16 bytes a
// cycle; its targets answer after 10 cycles.
#include "models/bus/bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>

namespace faultline {
namespace {

constexpr std::uint64_t kPeriodPs = 500;
constexpr std::uint64_t kMemoryBase = 0x8000'0000;
constexpr std::uint64_t kMemoryBytes = 0x1000;
constexpr std::uint64_t kDeviceBase = 0x1000'0000;
constexpr std::uint64_t kDeviceBytes = 0x100;
constexpr Cycles kTargetLatency = 10;

/// Answers after kTargetLatency and remembers when it was asked.
struct Target : sc_core::sc_module {
  tlm_utils::simple_target_socket<Target> socket{"socket"};
  std::array<unsigned char, 2 * kMemoryBytes> bytes{};
  std::vector<Cycles> asked;
  std::uint64_t dmi_start = 0;
  std::uint64_t dmi_end = ~std::uint64_t{0};

  explicit Target(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &Target::b_transport);
    socket.register_transport_dbg(this, &Target::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &Target::get_direct_mem_ptr);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    asked.push_back((sc_core::sc_time_stamp() + delay).value() / kPeriodPs);
    delay += sc_core::sc_time::from_value(kTargetLatency * kPeriodPs);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) { return payload.get_data_length(); }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& /*payload*/, tlm::tlm_dmi& dmi) {
    dmi.init();
    dmi.allow_read_write();
    dmi.set_dmi_ptr(bytes.data());
    dmi.set_start_address(dmi_start);
    dmi.set_end_address(dmi_end);
    return true;
  }
};

struct Initiator : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> invalidated;

  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_invalidate_direct_mem_ptr(this, &Initiator::invalidate);
  }
  void invalidate(sc_dt::uint64 start, sc_dt::uint64 end) { invalidated.emplace_back(start, end); }

  tlm::tlm_response_status access(LocalClock& clock, tlm::tlm_command command,
                                  std::uint64_t address, unsigned length) {
    std::array<unsigned char, kLineBytes> data{};
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    clock.transport(socket, payload);
    EXPECT_EQ(payload.get_address(), address);
    return payload.get_response_status();
  }
  tlm::tlm_response_status read(LocalClock& clock, std::uint64_t address, unsigned length) {
    return access(clock, tlm::TLM_READ_COMMAND, address, length);
  }
  tlm::tlm_response_status write(LocalClock& clock, std::uint64_t address, unsigned length) {
    return access(clock, tlm::TLM_WRITE_COMMAND, address, length);
  }
};

class BusTest : public ::testing::Test {
 protected:
  StatGroup stats{"bus"};
  Bus bus{"bus", BusParams{2, 3, 16}, kPeriodPs, 3, map(), stats};
  Initiator first{"first"};
  Initiator second{"second"};  // port 2 stays unbound
  Target memory{"memory"};
  Target device{"device"};

  BusTest() {
    first.socket.bind(bus.from_initiator[0]);
    second.socket.bind(bus.from_initiator[1]);
    bus.to_target[0].bind(memory.socket);
    bus.to_target[1].bind(device.socket);
  }
  static MemoryMap map() {
    MemoryMap result;
    result.add({"dram", PhysAddr{kMemoryBase}, kMemoryBytes, RegionKind::Memory});
    result.add({"uart", PhysAddr{kDeviceBase}, kDeviceBytes, RegionKind::Device});
    return result;
  }
  [[nodiscard]] std::uint64_t counter(std::size_t group, const std::string& name) const {
    for (const StatGroup::Counter& c : stats.groups()[group]->counters()) {
      if (c.name == name) return *c.value;
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }
  static void simulate(const std::vector<std::function<void(LocalClock&)>>& threads) {
    std::size_t ended = 0;
    for (const auto& thread : threads) {
      sc_core::sc_spawn([&] {
        LocalClock clock(kPeriodPs);
        thread(clock);
        ++ended;
      });
    }
    sc_core::sc_start();
    EXPECT_EQ(ended, threads.size());
  }
};

TEST_F(BusTest, short_read_takes_both_latencies_and_the_targets) {
  simulate({[&](LocalClock& clock) {
    clock.advance(100);
    EXPECT_EQ(first.read(clock, kDeviceBase, 1), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(clock.now(), 100U + 2 + 10 + 3);
  }});
  EXPECT_EQ(device.asked, std::vector<Cycles>{102});
  EXPECT_TRUE(memory.asked.empty());
}

TEST_F(BusTest, line_read_takes_a_cycle_more_for_each_further_beat) {
  simulate({[&](LocalClock& clock) {
    first.read(clock, kMemoryBase, 64);  // 4 beats come back
    EXPECT_EQ(clock.now(), 2U + 10 + 3 + 3);
  }});
  EXPECT_EQ(memory.asked, std::vector<Cycles>{2});
}

TEST_F(BusTest, line_write_is_there_with_its_last_beat) {
  simulate({[&](LocalClock& clock) {
    first.write(clock, kMemoryBase, 64);
    EXPECT_EQ(clock.now(), 2U + 3 + 10 + 3);
  }});
  EXPECT_EQ(memory.asked, std::vector<Cycles>{5});
}

TEST_F(BusTest, request_waits_while_the_targets_channel_is_taken) {
  simulate({[&](LocalClock& clock) { first.write(clock, kMemoryBase, 64); },
            [&](LocalClock& clock) {
              clock.advance(3);
              second.read(clock, kMemoryBase, 8);  // at the target at 5; its channel is free at 6
              EXPECT_EQ(clock.now(), 6U + 10 + 3);
            }});
  EXPECT_EQ(memory.asked, (std::vector<Cycles>{5, 6}));
  EXPECT_EQ(counter(3, "wait_cycles"), 1U);
  EXPECT_EQ(counter(3, "busy_cycles"), 5U);
}

TEST_F(BusTest, request_does_not_wait_once_the_channel_is_free) {
  simulate({[&](LocalClock& clock) { first.write(clock, kMemoryBase, 64); },
            [&](LocalClock& clock) {
              clock.advance(4);
              second.read(clock, kMemoryBase, 8);
              EXPECT_EQ(clock.now(), 6U + 10 + 3);
            }});
  EXPECT_EQ(counter(3, "wait_cycles"), 0U);
}

TEST_F(BusTest, requests_of_one_cycle_follow_each_other) {
  std::vector<Cycles> ends;
  const auto read = [&ends](Initiator& initiator) {
    return [&ends, from = &initiator](LocalClock& clock) {
      from->read(clock, kMemoryBase, 8);
      ends.push_back(clock.now());
    };
  };
  simulate({read(first), read(second)});
  EXPECT_THAT(ends, ::testing::UnorderedElementsAre(15U, 16U));
  EXPECT_EQ(memory.asked, (std::vector<Cycles>{2, 3}));
}

TEST_F(BusTest, different_targets_do_not_disturb_each_other) {
  simulate({[&](LocalClock& clock) {
              first.write(clock, kMemoryBase, 64);
              EXPECT_EQ(clock.now(), 18U);
            },
            [&](LocalClock& clock) {
              second.read(clock, kDeviceBase, 8);
              EXPECT_EQ(clock.now(), 15U);
            }});
}

TEST_F(BusTest, one_initiator_alone_never_waits_for_systemc) {
  simulate({[&](LocalClock& clock) {
    for (unsigned i = 0; i < 100; ++i) first.read(clock, kMemoryBase, 8);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    EXPECT_EQ(clock.now(), 1500U);
  }});
}

TEST_F(BusTest, address_of_nothing_is_an_error_after_both_latencies) {
  simulate({[&](LocalClock& clock) {
    EXPECT_EQ(first.read(clock, 0x4000, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(clock.now(), 5U);
  }});
  EXPECT_EQ(counter(0, "decode_errors"), 1U);
  EXPECT_EQ(counter(0, "transactions"), 1U);
}

TEST_F(BusTest, range_across_the_border_of_a_region_is_an_error) {
  simulate({[&](LocalClock& clock) {
    EXPECT_EQ(first.read(clock, kMemoryBase + kMemoryBytes - 4, 8),
              tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(first.read(clock, kMemoryBase + kMemoryBytes - 8, 8), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(first.read(clock, kMemoryBase - 4, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }});
}

TEST_F(BusTest, direct_pointer_is_cut_to_the_region) {
  memory.dmi_start = kMemoryBase - 0x100;
  simulate({[&](LocalClock&) {
    tlm::tlm_generic_payload payload;
    payload.set_address(kMemoryBase + 0x10);
    tlm::tlm_dmi dmi;
    EXPECT_TRUE(first.socket->get_direct_mem_ptr(payload, dmi));
    EXPECT_EQ(dmi.get_start_address(), kMemoryBase);
    EXPECT_EQ(dmi.get_end_address(), kMemoryBase + kMemoryBytes - 1);
    EXPECT_EQ(dmi.get_dmi_ptr(), memory.bytes.data() + 0x100);
    payload.set_address(0x4000);
    EXPECT_FALSE(first.socket->get_direct_mem_ptr(payload, dmi));
  }});
}

TEST_F(BusTest, invalidation_reaches_every_initiator) {
  simulate({[&](LocalClock&) {
    memory.socket->invalidate_direct_mem_ptr(0, kMemoryBase + 0xff);
    memory.socket->invalidate_direct_mem_ptr(0, kMemoryBase - 1);
  }});
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{
      {kMemoryBase, kMemoryBase + 0xff}};
  EXPECT_EQ(first.invalidated, expected);
  EXPECT_EQ(second.invalidated, expected);
}

TEST_F(BusTest, debug_transport_is_routed_and_takes_no_time) {
  simulate({[&](LocalClock&) {
    tlm::tlm_generic_payload payload;
    payload.set_data_length(8);
    payload.set_address(kMemoryBase);
    EXPECT_EQ(first.socket->transport_dbg(payload), 8U);
    payload.set_address(0x4000);
    EXPECT_EQ(first.socket->transport_dbg(payload), 0U);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
  }});
  EXPECT_EQ(counter(0, "transactions"), 0U);
}

TEST_F(BusTest, transactions_and_bytes_are_counted_where_they_pass) {
  simulate({[&](LocalClock& clock) {
    first.read(clock, kMemoryBase, 64);
    first.write(clock, kMemoryBase, 64);
    second.write(clock, kMemoryBase, 8);
    second.read(clock, kDeviceBase, 1);
  }});
  EXPECT_EQ(counter(0, "transactions"), 2U);
  EXPECT_EQ(counter(1, "transactions"), 2U);
  EXPECT_EQ(counter(3, "reads"), 1U);
  EXPECT_EQ(counter(3, "writes"), 2U);
  EXPECT_EQ(counter(3, "bytes"), 136U);
  EXPECT_EQ(counter(4, "reads"), 1U);
  EXPECT_EQ(counter(4, "bytes"), 1U);
}

TEST(BusParams, width_is_a_power_of_two_up_to_a_line) {
  EXPECT_TRUE(check(BusParams{}).empty());
  EXPECT_EQ(check(BusParams{.width_bytes = 0}).size(), 1U);
  EXPECT_EQ(check(BusParams{.width_bytes = 24}).front().key, "width_bytes");
  EXPECT_EQ(check(BusParams{.width_bytes = 128}).front().value, "128");
  EXPECT_EQ(check(BusParams{.request_latency_cycles = 1001}).size(), 1U);
}

}  // namespace
}  // namespace faultline
