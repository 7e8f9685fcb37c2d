// SPDX-License-Identifier: Apache-2.0
// The module at its socket: bytes, addresses, errors, and several threads at once.

#include "models/dram/dram.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <tlm_utils/simple_initiator_socket.h>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>

#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"

namespace faultline {
namespace {

constexpr std::uint64_t kPeriodPs = 1'000;
constexpr std::uint64_t kBase = 0x8000'0000;

/// Runs a function in a thread with a clock of its own.
class Master : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Master> socket;
  LocalClock clock{kPeriodPs};

  Master(const sc_core::sc_module_name& name, std::function<void(Master&)> body)
      : sc_module(name), socket("socket"), body_(std::move(body)) {
    SC_HAS_PROCESS(Master);
    SC_THREAD(run);
  }

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, void* data,
                                  unsigned length) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_extension(&attributes);
    clock.transport(socket, payload);
    payload.clear_extension(&attributes);
    return payload.get_response_status();
  }
  /// Reads the line at kBase + offset; its latency in core cycles.
  Cycles read(std::uint64_t offset) {
    std::array<unsigned char, 64> line{};
    const Cycles before = clock.now();
    EXPECT_EQ(access(tlm::TLM_READ_COMMAND, kBase + offset, line.data(), 64), tlm::TLM_OK_RESPONSE);
    return clock.now() - before;
  }

  MemoryAttributes attributes;

 private:
  void run() { body_(*this); }
  std::function<void(Master&)> body_;
};

struct Bench {
  explicit Bench(const DramParams& params = {}) : dram("dram", params, kPeriodPs, stats) {}
  StatGroup stats{"dram"};
  Dram dram;
};

TEST(dram, moves_bytes_of_any_alignment_and_length) {
  Bench bench;
  Master master("master", [](Master& m) {
    std::vector<unsigned char> out(300);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(i * 7);
    EXPECT_EQ(m.access(tlm::TLM_WRITE_COMMAND, kBase + 61, out.data(), 300), tlm::TLM_OK_RESPONSE);
    std::vector<unsigned char> in(300);
    EXPECT_EQ(m.access(tlm::TLM_READ_COMMAND, kBase + 61, in.data(), 300), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(in, out);
    unsigned char byte = 1;
    EXPECT_EQ(m.access(tlm::TLM_READ_COMMAND, kBase + 60, &byte, 1), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(byte, 0);
  });
  master.socket.bind(bench.dram.target);
  sc_core::sc_start();
  EXPECT_EQ(bench.dram.store().data()[61 + 299], static_cast<unsigned char>(299 * 7));
}

TEST(dram, answers_what_it_cannot_do_with_errors) {
  Bench bench;
  Master master("master", [](Master& m) {
    std::array<unsigned char, 64> line{};
    const std::uint64_t size = DramParams{}.size_bytes;
    const auto read = [&](std::uint64_t address, unsigned length) {
      return m.access(tlm::TLM_READ_COMMAND, address, line.data(), length);
    };
    EXPECT_EQ(read(kBase - 1, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(read(kBase + size, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(read(kBase + size - 8, 16), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(read(kBase + size - 8, 8), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(read(kBase, 0), tlm::TLM_BURST_ERROR_RESPONSE);
  });
  master.socket.bind(bench.dram.target);
  sc_core::sc_start();
}

TEST(dram, gives_its_whole_region_for_direct_access) {
  Bench bench;
  bool asked = false;
  Master master("master", [&](Master& m) {
    tlm::tlm_generic_payload payload;
    payload.set_address(kBase + 100);
    tlm::tlm_dmi dmi;
    ASSERT_TRUE(m.socket->get_direct_mem_ptr(payload, dmi));
    EXPECT_EQ(dmi.get_start_address(), kBase);
    EXPECT_EQ(dmi.get_end_address(), kBase + DramParams{}.size_bytes - 1);
    EXPECT_EQ(dmi.get_dmi_ptr(), bench.dram.store().data());
    EXPECT_TRUE(dmi.is_read_write_allowed());
    payload.set_address(kBase - 1);
    EXPECT_FALSE(m.socket->get_direct_mem_ptr(payload, dmi));
    asked = true;
  });
  master.socket.bind(bench.dram.target);
  sc_core::sc_start();
  EXPECT_TRUE(asked);
}

TEST(dram, debug_transport_moves_bytes_in_no_time) {
  Bench bench;
  Master master("master", [](Master& m) {
    std::uint32_t value = 0x1234'5678;
    tlm::tlm_generic_payload payload;
    payload.set_address(kBase + 8);
    payload.set_write();
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    EXPECT_EQ(m.socket->transport_dbg(payload), 4U);
    value = 0;
    payload.set_read();
    EXPECT_EQ(m.socket->transport_dbg(payload), 4U);
    EXPECT_EQ(value, 0x1234'5678U);
    payload.set_address(kBase - 2);
    EXPECT_EQ(m.socket->transport_dbg(payload), 0U);
  });
  master.socket.bind(bench.dram.target);
  sc_core::sc_start();
}

TEST(dram, says_how_each_read_found_its_bank) {
  Bench bench;
  Master master("master", [](Master& m) {
    m.read(0);
    EXPECT_EQ(m.attributes.served_by, ServedBy::DramRowClosed);
    m.read(256);  // column 1 of the same row
    EXPECT_EQ(m.attributes.served_by, ServedBy::DramRowHit);
    m.read(std::uint64_t{1} << 17);  // row 1: 4 bank groups x 4 banks x 8 KiB on
    EXPECT_EQ(m.attributes.served_by, ServedBy::DramRowConflict);
  });
  master.socket.bind(bench.dram.target);
  sc_core::sc_start();
}

/// Two ways into one target.
struct Merge : sc_core::sc_module {
  tlm_utils::simple_target_socket<Merge> first{"first"};
  tlm_utils::simple_target_socket<Merge> second{"second"};
  tlm_utils::simple_initiator_socket<Merge> out{"out"};

  explicit Merge(const sc_core::sc_module_name& name) : sc_module(name) {
    first.register_b_transport(this, &Merge::pass);
    second.register_b_transport(this, &Merge::pass);
  }

 private:
  void pass(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    out->b_transport(payload, delay);
  }
};

/// Acts every nanosecond without doing anything: nobody's horizon is ever far.
struct Ticker : sc_core::sc_module {
  explicit Ticker(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Ticker);
    SC_THREAD(run);
  }
  void run() {
    for (int i = 0; i < 200'000; ++i) sc_core::wait(1, sc_core::SC_NS);
  }
};

DramParams small_queues() {
  DramParams params;
  params.channels = 2;
  params.ranks = 2;
  params.write_queue_depth = 4;
  params.write_high_watermark = 3;
  params.write_low_watermark = 1;
  return params;
}

/// Random reads and writes of two masters: when each was done, then the counters of both channels.
std::vector<std::uint64_t> two_masters(bool with_ticker) {
  Bench bench(small_queues());
  std::array<std::vector<std::uint64_t>, 2> times;
  const auto work = [&times](std::size_t who) {
    return [&times, who](Master& m) {
      std::uint64_t random = 12'345 + who;
      std::array<unsigned char, 128> bytes{};
      for (int i = 0; i < 1'000; ++i) {
        random = random * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        const bool write = (random >> 40) % 3 != 0;
        const std::uint64_t address = kBase + (random >> 20) % 4'096 * 64 * 37;
        const unsigned length = (random >> 30) % 4 == 0 ? 128 : 64;
        m.access(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address, bytes.data(),
                 length);
        times[who].push_back(m.clock.now());
        m.clock.advance((random >> 50) % 30);
      }
    };
  };
  Master first("first", work(0));
  Master second("second", work(1));
  Merge merge("merge");
  first.socket.bind(merge.first);
  second.socket.bind(merge.second);
  merge.out.bind(bench.dram.target);
  std::unique_ptr<Ticker> ticker;
  if (with_ticker) ticker = std::make_unique<Ticker>("ticker");
  sc_core::sc_start();
  bench.dram.settle(1'000'000);

  std::vector<std::uint64_t> result = times[0];
  result.insert(result.end(), times[1].begin(), times[1].end());
  for (const StatGroup::Counter& c : bench.stats.counters()) result.push_back(*c.value);
  for (const auto& channel : bench.stats.groups()) {
    for (const StatGroup::Counter& c : channel->counters()) result.push_back(*c.value);
  }
  return result;
}

/// Runs a simulation in a process of its own: SystemC can elaborate only once.
std::vector<std::uint64_t> in_a_process(
    const std::function<std::vector<std::uint64_t>()>& simulate) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    const std::vector<std::uint64_t> result = simulate();
    FILE* out = ::fdopen(ends[1], "wb");
    std::fwrite(result.data(), sizeof(std::uint64_t), result.size(), out);
    std::fclose(out);
    std::_Exit(0);
  }
  ::close(ends[1]);
  std::vector<std::uint64_t> result;
  std::uint64_t value = 0;
  FILE* in = ::fdopen(ends[0], "rb");
  while (std::fread(&value, sizeof value, 1, in) == 1) result.push_back(value);
  std::fclose(in);
  ::waitpid(child, nullptr, 0);
  return result;
}

TEST(dram, gives_the_same_times_however_far_it_can_compute_ahead) {
  const auto far = in_a_process([] { return two_masters(false); });
  const auto near = in_a_process([] { return two_masters(true); });
  ASSERT_GT(far.size(), 2'000U);
  EXPECT_EQ(far, near);
}

TEST(dram, counts_every_access_as_hit_closed_or_conflict) {
  Bench bench(small_queues());
  Master master("master", [](Master& m) {
    std::array<unsigned char, 64> line{};
    for (std::uint64_t i = 0; i < 300; ++i) {
      const auto command = i % 3 == 0 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND;
      m.access(command, kBase + i * i % 977 * 4'096, line.data(), 64);
    }
  });
  master.socket.bind(bench.dram.target);
  sc_core::sc_start();
  bench.dram.settle(1'000'000);
  std::uint64_t accesses = 0;
  std::uint64_t found = 0;
  std::uint64_t beside = 0;
  for (const auto& channel : bench.stats.groups()) {
    for (const StatGroup::Counter& c : channel->counters()) {
      if (c.name == "reads" || c.name == "writes") accesses += *c.value;
      if (c.name.starts_with("row_")) found += *c.value;
      if (c.name == "forwarded_reads" || c.name == "merged_writes") beside += *c.value;
    }
  }
  EXPECT_EQ(accesses, found);
  EXPECT_EQ(accesses + beside, 300U);
}

}  // namespace
}  // namespace faultline
