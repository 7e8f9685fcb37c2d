// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <vector>

#include "models/mmu/translation_request.h"
#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kVa = 0x12'3456'7000;
constexpr std::uint64_t kPage = 0x8040'0000;

struct Initiator : sc_core::sc_module {
  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name) {}
  tlm_utils::simple_initiator_socket<Initiator> socket{"socket"};
};

/// A bench with an initiator of virtual-address transactions.
struct SocketBench : MmuBench {
  SocketBench() {
    initiator.socket.bind(mmu.target);
    tables.set(kVa, 0, leaf_pte(kPage, kUserRwx & ~kPteX));
    tables.set(kVa + kPageBytes, 0, leaf_pte(kPage + 0x5000, kUserRwx & ~kPteW));
    request.context = user;
    payload.set_extension(&request);
  }
  ~SocketBench() { payload.clear_extension(&request); }

  void prepare(tlm::tlm_command command, std::uint64_t address, unsigned bytes) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_dmi_allowed(true);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  tlm::tlm_response_status send(LocalClock& clock, tlm::tlm_command command, std::uint64_t address,
                                unsigned bytes) {
    prepare(command, address, bytes);
    clock.transport(initiator.socket, payload);
    EXPECT_EQ(payload.get_address(), address);
    EXPECT_EQ(payload.get_data_ptr(), data.data());
    EXPECT_EQ(payload.get_data_length(), bytes);
    EXPECT_FALSE(payload.is_dmi_allowed());
    return payload.get_response_status();
  }

  Initiator initiator{"initiator"};
  tlm::tlm_generic_payload payload;
  TranslationRequest request;
  std::array<unsigned char, 2 * kPageBytes> data{};
};

TEST(MmuSocket, transaction_goes_on_with_its_physical_address) {
  SocketBench bench;
  bench.run([&](LocalClock& clock) {
    EXPECT_EQ(bench.send(clock, tlm::TLM_WRITE_COMMAND, kVa + 0x10, 64), tlm::TLM_OK_RESPONSE);
    ASSERT_EQ(bench.downstream.seen.size(), 1U);
    const StubMemory::Seen& seen = bench.downstream.seen[0];
    EXPECT_TRUE(seen.write);
    EXPECT_EQ(seen.address, kPage + 0x10);
    EXPECT_EQ(seen.bytes, 64U);
    EXPECT_EQ(seen.at, bench.mmu.last_walk().finished);
    EXPECT_EQ(clock.now(), seen.at + bench.downstream.latency);
    EXPECT_EQ(bench.request.abort.status, AbortStatus::None);
  });
}

TEST(MmuSocket, transaction_over_a_page_border_is_taken_apart) {
  SocketBench bench;
  bench.run([&](LocalClock& clock) {
    EXPECT_EQ(bench.send(clock, tlm::TLM_READ_COMMAND, kVa + kPageBytes - 24, 64),
              tlm::TLM_OK_RESPONSE);
    ASSERT_EQ(bench.downstream.seen.size(), 2U);
    EXPECT_EQ(bench.downstream.seen[0].address, kPage + kPageBytes - 24);
    EXPECT_EQ(bench.downstream.seen[0].bytes, 24U);
    EXPECT_EQ(bench.downstream.seen[1].address, kPage + 0x5000);
    EXPECT_EQ(bench.downstream.seen[1].bytes, 40U);
    EXPECT_EQ(bench.downstream.seen[1].data, bench.data.data() + 24);
  });
}

TEST(MmuSocket, abort_is_an_address_error_and_says_why) {
  SocketBench bench;
  bench.run([&](LocalClock& clock) {
    const auto fails = [&](tlm::tlm_command command, std::uint64_t address, AbortStatus status,
                           AccessType access) {
      EXPECT_EQ(bench.send(clock, command, address, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
      EXPECT_STREQ(to_string(bench.request.abort.status), to_string(status));
      EXPECT_EQ(bench.request.abort.access, access);
    };
    fails(tlm::TLM_READ_COMMAND, kVa + 2 * kPageBytes, AbortStatus::Translation, AccessType::Load);
    fails(tlm::TLM_WRITE_COMMAND, kVa + kPageBytes, AbortStatus::Permission, AccessType::Store);
    bench.request.fetch = true;
    fails(tlm::TLM_READ_COMMAND, kVa, AbortStatus::Permission, AccessType::Fetch);
    bench.request.fetch = false;
    // The second part fails: its address is reported.
    fails(tlm::TLM_WRITE_COMMAND, kVa + kPageBytes - 4, AbortStatus::Permission, AccessType::Store);
    EXPECT_EQ(bench.request.abort.address.value, kVa + kPageBytes);
  });
}

TEST(MmuSocket, without_a_request_the_default_context_holds) {
  SocketBench bench;
  bench.payload.clear_extension(&bench.request);
  bench.run([&](LocalClock& clock) {
    EXPECT_EQ(bench.send(clock, tlm::TLM_READ_COMMAND, kPage, 8), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(bench.downstream.seen.at(0).address, kPage) << "M mode: not translated";
    bench.mmu.set_default_context(bench.user);
    EXPECT_EQ(bench.send(clock, tlm::TLM_READ_COMMAND, kVa, 8), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(bench.downstream.seen.at(1).address, kPage);
    EXPECT_EQ(bench.send(clock, tlm::TLM_READ_COMMAND, 8, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
  bench.payload.set_extension(&bench.request);
}

TEST(MmuSocket, byte_enables_over_a_page_border_are_a_burst_error) {
  SocketBench bench;
  std::array<unsigned char, 8> enables{};
  bench.run([&](LocalClock&) {
    bench.prepare(tlm::TLM_WRITE_COMMAND, kVa + kPageBytes - 4, 8);
    bench.payload.set_byte_enable_ptr(enables.data());
    bench.payload.set_byte_enable_length(8);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    bench.initiator.socket->b_transport(bench.payload, delay);
    EXPECT_EQ(bench.payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_TRUE(bench.downstream.seen.empty());
  });
}

TEST(MmuSocket, debug_access_takes_no_time_and_changes_nothing) {
  SocketBench bench;
  bench.tables.set(kVa + 2 * kPageBytes, 0, leaf_pte(kPage, kUserRwx & ~kPteA));
  bench.request.context.adue = true;
  bench.run([&](LocalClock&) {
    bench.prepare(tlm::TLM_READ_COMMAND, kVa, 16);
    EXPECT_EQ(bench.initiator.socket->transport_dbg(bench.payload), 16U);
    EXPECT_EQ(bench.downstream.seen.at(0).address, kPage);
    bench.prepare(tlm::TLM_READ_COMMAND, kVa + 2 * kPageBytes - 4, 16);
    EXPECT_EQ(bench.initiator.socket->transport_dbg(bench.payload), 4U)
        << "A is clear in the next page";
  });
  EXPECT_EQ(bench.tables.get(kVa + 2 * kPageBytes, 0) & kPteA, 0U);
  EXPECT_EQ(bench.stat("l1_dtlb.lookups"), 0U);
  EXPECT_EQ(bench.stat("walker.walks"), 0U);
}

}  // namespace
}  // namespace faultline
