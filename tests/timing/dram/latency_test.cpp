// SPDX-License-Identifier: Apache-2.0
// Latencies at the module's socket in core cycles, derived by hand. Core 1 GHz, DDR4-2400 (1200
// MHz: 5 core cycles are 6 DRAM cycles), front end 10, back end 10 core cycles.

#include <gtest/gtest.h>

#include <tlm_utils/simple_initiator_socket.h>
#include <array>
#include <functional>

#include "models/common/local_clock.h"
#include "models/dram/dram.h"

namespace faultline {
namespace {

constexpr std::uint64_t kPeriodPs = 1'000;
constexpr std::uint64_t kBase = 0x8000'0000;
constexpr std::uint64_t kNextRow = std::uint64_t{1} << 17;

class Master : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Master> socket;
  LocalClock clock{kPeriodPs};

  Master(const sc_core::sc_module_name& name, std::function<void(Master&)> body)
      : sc_module(name), socket("socket"), body_(std::move(body)) {
    SC_HAS_PROCESS(Master);
    SC_THREAD(run);
  }

  /// Latency of one line at cycle `at` (0: now).
  Cycles access(tlm::tlm_command command, std::uint64_t offset, Cycles at = 0) {
    clock.advance_to(at);
    std::array<unsigned char, 64> line{};
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(kBase + offset);
    payload.set_data_ptr(line.data());
    payload.set_data_length(64);
    payload.set_streaming_width(64);
    const Cycles before = clock.now();
    clock.transport(socket, payload);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
    return clock.now() - before;
  }
  Cycles read(std::uint64_t offset, Cycles at = 0) {
    return access(tlm::TLM_READ_COMMAND, offset, at);
  }
  Cycles write(std::uint64_t offset, Cycles at = 0) {
    return access(tlm::TLM_WRITE_COMMAND, offset, at);
  }

 private:
  void run() { body_(*this); }
  std::function<void(Master&)> body_;
};

void simulate(const DramParams& params, std::function<void(Master&)> body) {
  StatGroup stats("dram");
  Dram dram("dram", params, kPeriodPs, stats);
  Master master("master", std::move(body));
  master.socket.bind(dram.target);
  sc_core::sc_start();
}

TEST(dram_latency, of_closed_row_hit_and_conflict) {
  simulate({}, [](Master& m) {
    // At the queue in core cycle 110 = DRAM 132. ACT, tRCD 17, CL 17, burst 4: 170 = core 141.67 ->
    // 142. Back end: 152.
    EXPECT_EQ(m.read(0, 100), 52U);
    // 210 = DRAM 252; RD, 17 + 4: 273 = 227.5 -> 228 + 10.
    EXPECT_EQ(m.read(256, 200), 38U);
    // 310 = DRAM 372; PRE, 17, ACT, 17, RD, 21: 427 = 355.83 -> 356 + 10.
    EXPECT_EQ(m.read(kNextRow, 300), 66U);
  });
}

TEST(dram_latency, depends_on_where_the_edges_of_the_clocks_lie) {
  simulate({}, [](Master& m) {
    m.read(0, 100);
    // 211 = DRAM 253.2 -> 254; + 21 = 275 = 229.17 -> 230 + 10: one more than in 38.
    EXPECT_EQ(m.read(256, 201), 39U);
    // 312 = 374.4 -> 375; 396 = 330 + 10.
    EXPECT_EQ(m.read(512, 302), 38U);
  });
}

TEST(dram_latency, of_writes_is_none_while_there_is_room) {
  simulate({}, [](Master& m) {
    for (std::uint64_t i = 0; i < 64; ++i) EXPECT_EQ(m.write(i * 64, 100), 0U);
  });
}

TEST(dram_latency, of_a_write_into_a_full_queue_is_the_time_until_there_is_room) {
  DramParams params;
  params.write_queue_depth = 2;
  params.write_high_watermark = 2;
  params.write_low_watermark = 0;
  simulate(params, [](Master& m) {
    EXPECT_EQ(m.write(0, 100), 0U);
    EXPECT_EQ(m.write(256, 100), 0U);
    // All three arrive at DRAM 132: ACT; WR in 149; room in 150 = core 125.
    EXPECT_EQ(m.write(512, 100), 25U);
  });
}

TEST(dram_latency, of_a_read_that_finds_its_line_in_the_write_queue) {
  simulate({}, [](Master& m) {
    m.write(0, 100);
    // Front end 10, forwarding 4: the write goes out no earlier than tRCD after DRAM 132.
    EXPECT_EQ(m.read(0, 101), 15U);  // 111 = DRAM 133.2 -> 134 = 111.67 -> 112, + 4
  });
}

TEST(dram_latency, includes_a_refresh_that_is_under_way) {
  simulate({}, [](Master& m) {
    // REF in DRAM 9360 = core 7800. A read that comes to the queue at core 7900 = 9480 waits until
    // 9360 + 420 = 9780, then 17 + 17 + 4: 9818 = 8181.67 -> 8182 + 10; sent in 7890.
    EXPECT_EQ(m.read(0, 7'890), 302U);
  });
}

TEST(dram_latency, idle_refreshes_of_a_second_leave_the_expected_phase) {
  simulate({}, [](Master& m) {
    // The millionth microsecond: 10^9 core cycles = 1.2 * 10^9 DRAM cycles; 1.2e9 mod 9360 = 2640:
    // no refresh is under way.
    EXPECT_EQ(m.read(0, 1'000'000'000 - 10), 52U);
  });
}

TEST(dram_latency, of_several_lines_is_that_of_the_last) {
  simulate({}, [](Master& m) {
    std::array<unsigned char, 256> bytes{};
    tlm::tlm_generic_payload payload;
    payload.set_read();
    payload.set_address(kBase);
    payload.set_data_ptr(bytes.data());
    payload.set_data_length(256);
    payload.set_streaming_width(256);
    m.clock.advance_to(100);
    m.clock.transport(m.socket, payload);
    // Four bank groups: ACT in 132, 136, 140, 144 (tRRD_S); the last RD in 161, data until 182 =
    // core 151.67 -> 152 + 10.
    EXPECT_EQ(m.clock.now(), 162U);
  });
}

}  // namespace
}  // namespace faultline
