// SPDX-License-Identifier: Apache-2.0
#pragma once

// A verilated `ptw` with memory, PMP and walk caches around it, compared with what is expected of
// each walk. The record of a walk is built from the trace port.

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "models/rtl/adapters/bundles.h"
#include "tests/rtl/ptw_expectation.h"
#include "tests/rtl/ptw_scenario.h"

namespace faultline {

/// A verilated module, the cycles of its steps, and the format that it walks.
template <typename Module, typename WalkFormat, unsigned... kCycles>
struct PtwDesign {
  using Dut = Module;
  using Format = WalkFormat;
  static constexpr Steps kSteps{kCycles...};
};

template <typename Design>
class PtwBench {
 public:
  using Format = typename Design::Format;

  explicit PtwBench(std::uint64_t seed = 1) : memory_(seed) {}

  [[nodiscard]] MadeUpMemory& memory() { return memory_; }

  /// One walk; expects that it goes as it should. Returns its result for the test to look at.
  WalkResult compare(const Scenario& scenario) { return compare({&scenario, 1}).front(); }

  /// Several walks: the request of each is there from the cycle on in which the one before is
  /// taken.
  std::vector<WalkResult> compare(std::span<const Scenario> walks) {
    std::vector<WalkResult> results;
    offer(walks.front());
    dut_->fence_i = walks.front().fence == 0;
    dut_.settle();
    expect_started(true);
    clock();
    for (std::size_t i = 0; i < walks.size(); ++i) {
      const WalkResult expected = ExpectedWalk<Format>(walks[i], Design::kSteps, memory_).run();
      results.push_back(run(walks[i], i + 1 < walks.size() ? &walks[i + 1] : nullptr));
      expect_equal(results.back(), expected);
    }
    return results;
  }

 private:
  static constexpr Cycles kTooLong = 10000;

  // Runs the walk that has just been taken; `next` waits, if there is one.
  WalkResult run(const Scenario& s, const Scenario* next) {
    WalkResult result;
    id_ = offered_id_;
    waited_ = 0;
    updates_ = 0;
    dut_->req_valid_i = 0;
    if (next != nullptr) offer(*next);
    put_hit(s);
    for (Cycles now = 1; now < kTooLong; ++now) {
      dut_->fence_i = now == s.fence;
      dut_.settle();
      answer_check(s);
      answer_memory(s);
      dut_.settle();
      observe(s, now, result);
      const bool done = dut_->rsp_valid_o != 0;
      EXPECT_EQ(dut_->req_ready_o != 0, done);
      expect_started(done && next != nullptr);
      if (done) take_response(now, result);
      clock();
      if (done) return result;
    }
    ADD_FAILURE() << "no response";
    return result;
  }

  void offer(const Scenario& s) {
    using R = RequestStruct;
    const TranslationContext& context = s.context;
    offered_id_ = memory_.draw(1U << 16);
    dut_->req_valid_i = 1;
    auto& port = dut_->req_i;
    R::put<R::Id>(port, offered_id_);
    R::put<R::Address>(port, s.address.value);
    R::put<R::Access>(port, static_cast<std::uint64_t>(s.access));
    R::put<R::Privilege>(port, static_cast<std::uint64_t>(context.privilege));
    R::put<R::Asid>(port, context.asid());
    R::put<R::RootPpn>(port, context.satp);
    R::put<R::RootLevel>(port, Format::kLevels - 1);
    R::put<R::Sum>(port, context.sum);
    R::put<R::Mxr>(port, context.mxr);
    R::put<R::Adue>(port, context.adue);
  }

  void put_hit(const Scenario& s) {
    using P = PointerStruct;
    dut_->wc_hit_i = s.hit.has_value();
    if (!s.hit) return;
    P::put<P::Level>(dut_->wc_pointer_i, s.hit->level + 1U);
    P::put<P::Global>(dut_->wc_pointer_i, s.hit->global);
    P::put<P::Ppn>(dut_->wc_pointer_i, s.hit->table.value >> kPageShift);
  }

  void answer_check(const Scenario& s) {
    using C = CheckStruct;
    dut_->check_allowed_i =
        !s.refused(C::get<C::Address>(dut_->check_o), C::get<C::Store>(dut_->check_o) != 0);
  }

  // Grants and answers as the scenario says, counting from the first cycle of the request.
  void answer_memory(const Scenario& s) {
    using M = MemoryStruct;
    dut_->mem_gnt_i = 0;
    dut_->mem_rsp_valid_i = 0;
    if (dut_->mem_req_o == 0 && waited_ == 0) return;
    const std::uint64_t address = M::get<M::Address>(dut_->mem_o);
    if (waited_ == 0) asked_ = address;
    EXPECT_EQ(dut_->mem_req_o != 0, waited_ <= s.grant) << "held until granted, and no longer";
    EXPECT_EQ(address, asked_);
    dut_->mem_gnt_i = waited_ == s.grant;
    if (++waited_ == s.grant + s.latency) {
      waited_ = 0;
      respond(s, address, M::get<M::Cas>(dut_->mem_o) != 0);
    }
  }

  void respond(const Scenario& s, std::uint64_t address, bool update) {
    using M = MemoryStruct;
    using R = MemoryResponseStruct;
    std::uint64_t& value = memory_.entry(address);
    const bool error = s.error(address, update);
    bool stored = false;
    if (update && !error) {
      if (updates_ < s.rivals.size()) value = s.rivals[updates_];
      ++updates_;
      stored = value == M::get<M::Expected>(dut_->mem_o);
      if (stored) value = M::get<M::Desired>(dut_->mem_o);
    }
    dut_->mem_rsp_valid_i = 1;
    R::put<R::Value>(dut_->mem_rsp_i, value);
    R::put<R::Stored>(dut_->mem_rsp_i, stored ? 1 : 0);
    R::put<R::Error>(dut_->mem_rsp_i, error ? 1 : 0);
  }

  // The trace port and the walk caches' port.
  void observe(const Scenario& s, Cycles now, WalkResult& result) {
    using T = TraceStruct;
    const auto& port = dut_->trace_o;
    WalkRecord& record = result.record;
    ++result.cycles_in[T::get<T::State>(port)];
    const PhysAddr address{T::get<T::Address>(port)};
    if (T::get<T::ReadIssued>(port) != 0) {
      const auto level = static_cast<std::uint8_t>(T::get<T::Level>(port));
      record.reads.at(record.read_count++) = {address, 0, now, now, level, ServedBy::None};
      EXPECT_EQ(T::get<T::Refused>(port) != 0, s.refused(address.value, false));
    }
    if (T::get<T::ReadDone>(port) != 0) {
      record.reads.at(record.read_count - 1U).responded = now;
      record.reads.at(record.read_count - 1U).value = T::get<T::Value>(port);
    }
    if (T::get<T::UpdateIssued>(port) != 0) {
      record.updates.at(record.update_count++) = {
          address, T::get<T::OldValue>(port), T::get<T::NewValue>(port), now, now, false};
      EXPECT_EQ(T::get<T::Refused>(port) != 0, s.refused(address.value, true));
    }
    if (T::get<T::UpdateDone>(port) != 0) {
      record.updates.at(record.update_count - 1U).responded = now;
      record.updates.at(record.update_count - 1U).stored = T::get<T::Stored>(port) != 0;
    }
    observe_walk_caches(s, now, result);
  }

  void observe_walk_caches(const Scenario& s, Cycles now, WalkResult& result) {
    using P = PointerStruct;
    result.lookups += dut_->wc_lookup_o;
    if (dut_->wc_lookup_o != 0 || dut_->wc_insert_o != 0) {
      EXPECT_EQ(dut_->wc_addr_o, s.address.value);
      EXPECT_EQ(dut_->wc_asid_o, s.context.asid());
    }
    if (dut_->wc_insert_o == 0) return;
    result.kept.push_back({now, static_cast<unsigned>(P::get<P::Level>(dut_->wc_pointer_o)),
                           P::get<P::Ppn>(dut_->wc_pointer_o),
                           P::get<P::Global>(dut_->wc_pointer_o) != 0});
  }

  void take_response(Cycles now, WalkResult& result) {
    using R = ResponseStruct;
    const auto& port = dut_->rsp_o;
    EXPECT_EQ(R::get<R::Id>(port), id_);
    result.record.status = static_cast<AbortStatus>(R::get<R::Status>(port));
    result.record.leaf_level = static_cast<std::uint8_t>(R::get<R::Level>(port));
    result.record.leaf_pte = R::get<R::Pte>(port);
    result.record.walk_cache_level = static_cast<std::uint8_t>(R::get<R::WalkCacheLevel>(port));
    result.record.finished = now;
    result.global = R::get<R::Global>(port) != 0;
    result.cacheable = R::get<R::Cacheable>(port) != 0;
  }

  // The trace says so, with the id of the request that is offered.
  void expect_started(bool started) {
    using T = TraceStruct;
    EXPECT_EQ(T::get<T::Started>(dut_->trace_o) != 0, started);
    if (started) {
      EXPECT_EQ(T::get<T::Id>(dut_->trace_o), offered_id_);
    }
  }

  static void expect_equal(const WalkResult& result, const WalkResult& expected) {
    const WalkRecord& got = result.record;
    const WalkRecord& want = expected.record;
    EXPECT_EQ(got.status, want.status);
    EXPECT_EQ(got.leaf_level, want.leaf_level);
    EXPECT_EQ(got.leaf_pte, want.leaf_pte);
    EXPECT_EQ(got.walk_cache_level, want.walk_cache_level);
    EXPECT_EQ(got.finished, want.finished);
    EXPECT_EQ(got.read_count, want.read_count);
    EXPECT_EQ(got.reads, want.reads);
    EXPECT_EQ(got.update_count, want.update_count);
    EXPECT_EQ(got.updates, want.updates);
    EXPECT_EQ(result.global, expected.global);
    EXPECT_EQ(result.cacheable, expected.cacheable);
    EXPECT_EQ(result.lookups, expected.lookups);
    EXPECT_EQ(result.kept, expected.kept);
    EXPECT_EQ(result.cycles_in, expected.cycles_in);
  }

  void clock() { dut_.clock(++edges_); }

  MadeUpMemory memory_;
  Instance<typename Design::Dut> dut_;
  std::uint64_t edges_ = 0;
  std::uint64_t offered_id_ = 0;  // of the request at the port
  std::uint64_t id_ = 0;          // of the walk under way
  unsigned waited_ = 0;           // cycles of the memory request under way; 0: there is none
  std::uint64_t asked_ = 0;       // its address
  std::size_t updates_ = 0;       // compare-and-sets that memory has done
};

}  // namespace faultline
