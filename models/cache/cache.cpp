// SPDX-License-Identifier: Apache-2.0
#include "models/cache/cache.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "models/cache/miss.h"

namespace faultline {

Cache::Cache(const sc_core::sc_module_name& name, const CacheParams& params,
             std::uint64_t period_ps, ServedBy level, StatGroup& stats)
    : sc_module(name),
      target("target"),
      memory("memory"),
      params_(params),
      period_ps_(period_ps),
      level_(level),
      array_(static_cast<unsigned>(params.size_bytes / (params.ways * kLineBytes)), params.ways,
             params.replacement, params.seed) {
  assert(check(params).empty());
  target.register_b_transport(this, &Cache::b_transport);
  target.register_transport_dbg(this, &Cache::transport_dbg);
  for (unsigned i = 0; i < params.outstanding_misses; ++i) {
    Miss& miss = *misses_.emplace_back(std::make_unique<Miss>());
    sc_core::sc_spawn([this, &miss] { work(miss); }, ("miss_" + std::to_string(i)).c_str());
  }
  register_stats(stats);
}

Cache::~Cache() = default;

void Cache::register_stats(StatGroup& stats) {
  const auto counter = [&](const char* key, const char* unit, const char* description,
                           std::uint64_t& value) { stats.counter(key, unit, description, value); };
  counter("accesses", "accesses", "Lookups of a line: hits + misses.", stats_.accesses);
  counter("load_hits", "accesses", "Reads whose line was present.", stats_.load_hits);
  counter("store_hits", "accesses", "Writes whose line was present.", stats_.store_hits);
  counter("load_misses", "accesses", "Reads whose line was absent or pending.", stats_.load_misses);
  counter("store_misses", "accesses", "Writes whose line was absent or pending.",
          stats_.store_misses);
  counter("merged_misses", "accesses", "Misses on a line that was pending already.",
          stats_.merged_misses);
  counter("fills", "lines", "Lines requested from the next level.", stats_.fills);
  counter("write_backs", "lines", "Dirty lines sent to the next level.", stats_.write_backs);
  counter("stall_cycles", "cycles",
          "Time that accesses waited for a miss entry, a way or a write-back.",
          stats_.stall_cycles);
  counter("bus_errors", "transactions", "Fills and write-backs answered with an error.",
          stats_.bus_errors);
  counter("lost_stores", "accesses", "Posted stores whose line could not be had.",
          stats_.lost_stores);
  stats.derived("miss_rate", "ratio", "Misses per access.", [this] {
    return stats_.accesses == 0
               ? 0.0
               : static_cast<double>(stats_.misses()) / static_cast<double>(stats_.accesses);
  });
}

// ---- Accesses ----------------------------------------------------------------------------------

CacheResult Cache::load_miss(LocalClock& clock, PhysAddr address) {
  const LineNumber line = line_of(address);
  const Lookup lookup = look_up(clock, line, false);
  const CacheResult result = wait_for_data(clock, lookup);
  if (lookup.found != Found::Present) {
    // The caller comes after the arrival of its line, though in the same cycle.
    if (clock.now() >= clock.horizon()) clock.catch_up();
    Miss& miss = *lookup.miss;
    if (miss.busy && miss.line == line) settle(miss, clock.now() + 1);
  }
  return result;
}

CacheResult Cache::wait_for_data(LocalClock& clock, const Lookup& lookup) {
  if (lookup.found == Found::Present) {
    clock.advance(params_.latency_cycles);
    return {level_, false};
  }
  Miss& miss = *lookup.miss;
  if (lookup.found == Found::Pending) return wait_for_line(clock, miss);
  clock.advance(params_.latency_cycles);
  fill(clock, miss);
  const CacheResult result = miss.result();
  if (miss.has_victim) start_work(clock, miss, 0);
  return result;
}

void Cache::store_miss(LocalClock& clock, PhysAddr address) {
  const Lookup lookup = look_up(clock, line_of(address), true);
  if (lookup.found == Found::Present) return;
  ++lookup.miss->posted_stores;
  if (lookup.found == Found::Absent) start_work(clock, *lookup.miss, params_.latency_cycles);
}

void Cache::write_line(LocalClock& clock, LineNumber line) {
  const Lookup lookup = look_up(clock, line, true);
  if (lookup.found == Found::Pending) ++lookup.miss->posted_stores;
  if (lookup.found == Found::Absent) {
    Miss& miss = *lookup.miss;
    array_.settle(miss.slot, true);
    miss.pending = false;
    miss.arrives = clock.now();
    if (miss.has_victim) {
      start_work(clock, miss, params_.latency_cycles);
    } else {
      miss.frees = clock.now() + params_.latency_cycles;
    }
  }
  clock.advance(params_.latency_cycles);
}

Cache::Lookup Cache::look_up(LocalClock& clock, LineNumber line, bool store) {
  const Cycles arrived = clock.now();
  ++stats_.accesses;
  Lookup lookup = try_look_up(clock, line, store, queue_head_ == queue_tail_);
  if (lookup.found == Found::Stall) lookup = queue_up(clock, line, store);
  stats_.stall_cycles += clock.now() - arrived;
  if (lookup.found == Found::Present) {
    ++(store ? stats_.store_hits : stats_.load_hits);
  } else {
    ++(store ? stats_.store_misses : stats_.load_misses);
    if (lookup.found == Found::Pending) ++stats_.merged_misses;
    if (on_miss_ && lookup.found == Found::Absent) [[unlikely]]
      on_miss_(clock.now(), address_of(line));
    lookup.miss->store |= store;
  }
  return lookup;
}

Cache::Lookup Cache::queue_up(LocalClock& clock, LineNumber line, bool store) {
  const std::uint64_t ticket = queue_tail_++;
  while (queue_head_ != ticket) clock.wait_for(queue_moved_);
  Lookup lookup = try_look_up(clock, line, store, true);
  while (lookup.found == Found::Stall) {
    wait_for_change(clock);
    lookup = try_look_up(clock, line, store, true);
  }
  if (++queue_head_ != queue_tail_) {
    queue_moved_.notify(clock.offset());
    clock.refresh_horizon();
  }
  return lookup;
}

Cache::Lookup Cache::try_look_up(LocalClock& clock, LineNumber line, bool store, bool may_take) {
  settle_until_now(clock);
  if (array_.hit(line, store)) return {Found::Present, nullptr};
  const Lookup match = match_entries(line);
  if (match.found != Found::Absent) return match;
  if (match.miss == nullptr || !may_take) return {Found::Stall, nullptr};
  const CacheArray::Reservation reservation = array_.reserve(line);
  if (reservation.slot == CacheArray::kNoSlot) return {Found::Stall, nullptr};
  take(*match.miss);
  match.miss->pending = true;
  match.miss->line = line;
  match.miss->slot = reservation.slot;
  match.miss->has_victim = reservation.dirty;
  match.miss->victim = reservation.victim;
  return match;
}

Cache::Lookup Cache::match_entries(LineNumber line) const {
  if (busy_ == 0) return {Found::Absent, misses_.front().get()};
  Miss* free = nullptr;
  for (const auto& miss : misses_) {
    if (!miss->busy) {
      free = free == nullptr ? miss.get() : free;
    } else if (miss->pending && miss->line == line) {
      return {Found::Pending, miss.get()};
    } else if (miss->has_victim && miss->victim == line) {
      return {Found::Stall, nullptr};
    }
  }
  return {Found::Absent, free};
}

void Cache::take(Miss& miss) {
  ++busy_;
  miss.busy = true;
  miss.store = false;
  miss.error = false;
  miss.has_victim = false;
  miss.posted_stores = 0;
  miss.arrives = Miss::kUnknown;
  miss.frees = Miss::kUnknown;
}

// ---- Waiting -----------------------------------------------------------------------------------

void Cache::settle(Cycles before) {
  for (const auto& miss : misses_) {
    if (miss->busy) settle(*miss, before);
  }
}

void Cache::settle(Miss& miss, Cycles before) {
  if (miss.pending && miss.arrives < before) {
    miss.pending = false;
    miss.error ? lose(miss) : array_.settle(miss.slot, miss.store);
  }
  if (!miss.pending && miss.frees < before) {
    miss.busy = false;
    --busy_;
  }
}

void Cache::lose(const Miss& miss) {
  array_.drop(miss.slot);
  stats_.lost_stores += miss.posted_stores;
  if (miss.posted_stores != 0 && !first_lost_store_) first_lost_store_ = address_of(miss.line);
}

void Cache::settle_until_now(LocalClock& clock) {
  if (busy_ == 0) return;
  clock.before_shared();  // the next level's answers up to now must be known
  settle(clock.now());
}

void Cache::wait_for_change(LocalClock& clock) {
  Cycles next = Miss::kUnknown;
  bool all_known = true;
  for (const auto& miss : misses_) {
    if (!miss->busy) continue;
    next = std::min(next, miss->next_change());
    all_known = all_known && miss->next_change() != Miss::kUnknown;
  }
  if (all_known) {
    clock.advance_to(next + 1);
    return;
  }
  if (next == Miss::kUnknown) {
    wait_for_answer(clock);
    return;
  }
  // An answer that is not known yet may come before the first one that is.
  LocalClock until = clock;
  until.advance_to(next + 1);
  ++waiting_threads_;
  sc_core::wait(until.offset(), answered_);
  --waiting_threads_;
  clock.absorb(sc_core::SC_ZERO_TIME);
}

CacheResult Cache::wait_for_line(LocalClock& clock, Miss& miss) {
  const Cycles looked_up = clock.now() + params_.latency_cycles;
  Miss::Waiter waiter{.answered = miss.arrives != Miss::kUnknown,
                      .arrives = miss.arrives,
                      .result = miss.result(),
                      .next = miss.waiters};
  if (!waiter.answered) miss.waiters = &waiter;
  while (!waiter.answered) wait_for_answer(clock);
  clock.advance_to(std::max(looked_up, waiter.arrives));
  return waiter.result;
}

void Cache::drain(LocalClock& clock) {
  settle_until_now(clock);
  for (const auto& miss : misses_) {
    if (!miss->busy) continue;
    while (miss->frees == Miss::kUnknown) wait_for_answer(clock);
    clock.advance_to(miss->frees);
  }
  if (busy_ == 0) return;
  clock.before_shared();
  settle(clock.now() + 1);  // the caller comes after all of them
}

void Cache::wait_for_answer(LocalClock& clock) {
  ++waiting_threads_;
  clock.wait_for(answered_);
  --waiting_threads_;
}

void Cache::invalidate_all(LocalClock& clock) {
  drain(clock);
  for (CacheArray::Slot slot = 0; slot < array_.slots(); ++slot) {
    if (!array_.is_present(slot)) continue;
    if (array_.is_dirty(slot)) {
      Miss& miss = wait_for_entry(clock);
      take(miss);
      miss.has_victim = true;
      miss.victim = array_.line_in(slot);
      miss.arrives = clock.now();
      start_work(clock, miss, params_.latency_cycles);
    }
    array_.drop(slot);
  }
  drain(clock);
}

bool Cache::snoop(PhysAddr address, bool write, Cycles now) {
  if (busy_ != 0) settle(now);
  const CacheArray::Slot slot = array_.search(line_of(address));
  if (slot == CacheArray::kNoSlot) return false;
  const bool dirty = array_.is_dirty(slot);
  if (write) {
    array_.drop(slot);
  } else {
    array_.clean(slot);
  }
  return dirty;
}

Cache::Miss& Cache::wait_for_entry(LocalClock& clock) {
  for (;;) {
    for (const auto& miss : misses_) {
      if (!miss->busy) return *miss;
    }
    wait_for_change(clock);
    settle_until_now(clock);
  }
}

// ---- The next level ----------------------------------------------------------------------------

void Cache::start_work(LocalClock& clock, Miss& miss, Cycles delay) {
  LocalClock start = clock;
  start.advance(delay);
  miss.work.notify(start.offset());
  clock.refresh_horizon();
}

void Cache::work(Miss& miss) {
  LocalClock clock(period_ps_);
  for (;;) {
    clock.wait_for(miss.work);
    if (miss.arrives == Miss::kUnknown) fill(clock, miss);
    if (miss.has_victim) write_back(clock, miss);
  }
}

void Cache::fill(LocalClock& clock, Miss& miss) {
  ++stats_.fills;
  miss.error = !request(clock, miss, tlm::TLM_READ_COMMAND, miss.line);
  miss.served_by = miss.attributes.served_by;
  miss.arrives = clock.now();
  if (!miss.has_victim) miss.frees = clock.now();
  for (Miss::Waiter* waiter = miss.waiters; waiter != nullptr; waiter = waiter->next) {
    waiter->answered = true;
    waiter->arrives = miss.arrives;
    waiter->result = miss.result();
  }
  miss.waiters = nullptr;
  announce(clock);
}

void Cache::announce(LocalClock& clock) {
  if (waiting_threads_ == 0) return;
  answered_.notify();
  clock.refresh_horizon();
}

void Cache::write_back(LocalClock& clock, Miss& miss) {
  ++stats_.write_backs;
  request(clock, miss, tlm::TLM_WRITE_COMMAND, miss.victim);
  miss.frees = clock.now();
  announce(clock);
}

bool Cache::request(LocalClock& clock, Miss& miss, tlm::tlm_command command, LineNumber line) {
  const PhysAddr address = address_of(line);
  const bool has_home = direct_.contains(address, kLineBytes);
  tlm::tlm_generic_payload& payload = miss.payload;
  payload.set_command(command);
  payload.set_address(address.value);
  payload.set_data_ptr(has_home ? direct_.at(address) : miss.nowhere.data());
  payload.set_data_length(kLineBytes);
  payload.set_streaming_width(kLineBytes);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  miss.attributes.served_by = ServedBy::None;
  clock.transport(memory, payload);
  const bool good = payload.is_response_ok() && has_home;
  stats_.bus_errors += good ? 0 : 1;
  return good;
}

// ---- The level above ---------------------------------------------------------------------------

void Cache::b_transport(int /*initiator*/, tlm::tlm_generic_payload& payload,
                        sc_core::sc_time& delay) {
  const PhysAddr address{payload.get_address()};
  const unsigned length = payload.get_data_length();
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (length == 0 || payload.get_streaming_width() < length ||
      line_of(address) != line_of(address + (length - 1))) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  LocalClock clock(period_ps_);
  clock.absorb(delay);
  CacheResult result{level_, false};
  if (payload.is_write() && length == kLineBytes && direct_.contains(address, length)) {
    write_line(clock, line_of(address));
  } else if (try_hit(address, payload.is_write())) {
    clock.advance(params_.latency_cycles);
  } else {
    const Lookup lookup = look_up(clock, line_of(address), payload.is_write());
    result = wait_for_data(clock, lookup);
  }
  answer(payload, result);
  delay = clock.offset();
}

void Cache::answer(tlm::tlm_generic_payload& payload, const CacheResult& result) {
  const PhysAddr address{payload.get_address()};
  const unsigned length = payload.get_data_length();
  if (result.error || !direct_.contains(address, length)) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  unsigned char* home = direct_.at(address);
  unsigned char* data = payload.get_data_ptr();
  if (data != home) {
    if (payload.is_write()) {
      std::memcpy(home, data, length);
    } else {
      std::memcpy(data, home, length);
    }
  }
  MemoryAttributes* attributes = nullptr;
  payload.get_extension(attributes);
  if (attributes != nullptr) attributes->served_by = result.served_by;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned Cache::transport_dbg(int /*initiator*/, tlm::tlm_generic_payload& payload) {
  return memory->transport_dbg(payload);
}

}  // namespace faultline
