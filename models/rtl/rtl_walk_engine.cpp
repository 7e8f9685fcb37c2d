// SPDX-License-Identifier: Apache-2.0
#include "models/rtl/rtl_walk_engine.h"

#include <fmt/format.h>

#include "models/mmu/format.h"
#include "models/rtl/leaf_of.h"
#include "models/rtl/library.h"

namespace faultline {

namespace {

constexpr unsigned kPteBytes = 8;
/// No walk of a sound module shows nothing for so long: of the steps between two events of its
/// trace, each takes 10000 cycles at most.
constexpr Cycles kPatience = 100'000;

WalkerRequestPins pins_of(const WalkRequest& request, std::uint16_t id) {
  const TranslationContext& context = request.context;
  WalkerRequestPins pins;
  pins.id = id;
  pins.address = request.address.value;
  pins.access = static_cast<std::uint8_t>(request.access);
  pins.privilege = static_cast<std::uint8_t>(context.privilege);
  pins.asid = context.asid();
  pins.root_ppn = Sv39::root(context.satp).value >> kPageShift;
  pins.root_level = with_format_of(
      context.satp, []<typename Format>() -> std::uint8_t { return Format::kLevels - 1; });
  pins.sum = context.sum;
  pins.mxr = context.mxr;
  pins.adue = context.adue;
  return pins;
}

}  // namespace

RtlWalkEngine::RtlWalkEngine(std::unique_ptr<WalkerModule> module, const WalkEngineParts& parts,
                             std::uint64_t period_ps)
    : parts_(parts), walker_(std::move(module), parts, period_ps) {}

const WalkRecord& RtlWalkEngine::walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                                      bool& cacheable) {
  Ticket& ticket = enter(clock, request);
  while (!follow(clock, ticket)) step(clock);
  const WalkerEngineOutputs& response = walker_.outputs().engine[ticket.engine];
  finish(ticket, response, clock.now());
  cacheable = response.cacheable;
  if (ticket.record.status == AbortStatus::None) {
    leaf = leaf_of(response.pte, response.level, response.global);
  }
  return ticket.record;
}

void RtlWalkEngine::fence(Cycles now, const FenceScope& scope) {
  walker_.advance(now);
  walker_.put_fence(scope, true);
}

void RtlWalkEngine::flush(Cycles now) {
  walker_.advance(now);
  walker_.put_fence({}, false);
}

/// Waits for the port, and puts the request to it.
RtlWalkEngine::Ticket& RtlWalkEngine::enter(LocalClock& clock, const WalkRequest& request) {
  const std::uint64_t turn = came_++;
  walker_.advance(clock.now());
  if (accesses_ == 0 && turn == entered_) last_progress_ = clock.now();
  while (turn != entered_ || walker_.request_is_put() || !walker_.outputs().request_ready) {
    step(clock);
  }
  ++entered_;
  Ticket& ticket = take_ticket();
  walker_.put_request(pins_of(request, ticket.id));

  WalkRecord& record = ticket.record;
  record.address = request.address;
  record.asid = request.context.asid();
  record.access = request.access;
  record.privilege = request.context.privilege;
  record.requested = clock.now();
  record.read_count = record.update_count = 0;
  return ticket;
}

/// To the next cycle.
void RtlWalkEngine::step(LocalClock& clock) {
  clock.spend(1);
  walker_.advance(clock.now());
  if (accesses_ == 0 && clock.now() > last_progress_ + kPatience) {
    fail(clock.now(), "it has work, and nothing happens");
  }
}

/// Does what the ports ask for in this cycle; true if they show the walk's end.
bool RtlWalkEngine::follow(LocalClock& clock, Ticket& ticket) {
  if (!ticket.started) {
    look_for_start(ticket, clock.now());
    return false;
  }
  const WalkerEngineOutputs& engine = walker_.outputs().engine[ticket.engine];
  if (engine.read_issued) {
    read(clock, ticket, engine);
  } else if (engine.update_issued) {
    update(clock, ticket, engine);
  }
  return engine.response_valid;
}

void RtlWalkEngine::look_for_start(Ticket& ticket, Cycles now) {
  const WalkerOutputs& outputs = walker_.outputs();
  for (unsigned i = 0; i < walker_.engines(); ++i) {
    const WalkerEngineOutputs& engine = outputs.engine[i];
    if (!engine.started || engine.started_id != ticket.id) continue;
    ticket.started = true;
    ticket.engine = i;
    ticket.record.engine = static_cast<std::uint8_t>(i);
    ticket.record.started = last_progress_ = now;
  }
}

void RtlWalkEngine::read(LocalClock& clock, Ticket& ticket, const WalkerEngineOutputs& issue) {
  WalkRecord& record = ticket.record;
  if (record.read_count == WalkRecord::kMaxReads) fail(clock.now(), "a walk reads too often");
  PteRead& read = record.reads[record.read_count++];
  read = {};
  read.address = PhysAddr{issue.trace_address};
  read.level = issue.trace_level;
  read.issued = read.responded = last_progress_ = clock.now();
  if (issue.refused) return;
  const WalkerEngineOutputs& done =
      access(clock, ticket.engine, {.address = issue.trace_address}, [&] {
        const WalkPort::Response response =
            parts_.port.read(clock, ticket.transaction, read.address, kPteBytes);
        read.served_by = response.served_by;
        return response;
      });
  if (!done.read_done) fail(clock.now(), "it does not see the response to a read");
  read.responded = clock.now();
  read.value = done.trace_value;
}

void RtlWalkEngine::update(LocalClock& clock, Ticket& ticket, const WalkerEngineOutputs& issue) {
  WalkRecord& record = ticket.record;
  if (record.update_count == WalkRecord::kMaxUpdates) fail(clock.now(), "a walk updates too often");
  PteUpdate& update = record.updates[record.update_count++];
  update = {};
  update.address = PhysAddr{issue.trace_address};
  update.old_value = issue.trace_old_value;
  update.new_value = issue.trace_new_value;
  update.issued = update.responded = last_progress_ = clock.now();
  if (issue.refused) return;
  const WalkerEngineOutputs& done =
      access(clock, ticket.engine,
             {.cas = true,
              .address = update.address.value,
              .expected = update.old_value,
              .desired = update.new_value},
             [&] {
               return parts_.port.compare_and_set(clock, ticket.transaction, update.address,
                                                  kPteBytes, update.old_value, update.new_value);
             });
  if (!done.update_done) fail(clock.now(), "it does not see the response to an update");
  update.responded = clock.now();
  update.stored = done.stored;
}

/// Has memory do what `call` does, which returns at the time of the response; shows that to the
/// module. Returns what the engine makes of it in that cycle.
template <typename Call>
const WalkerEngineOutputs& RtlWalkEngine::access(LocalClock& clock, unsigned engine,
                                                 const ClockedWalker::Access& what, Call call) {
  walker_.begin_access(engine, what);
  ++accesses_;
  const WalkPort::Response response = call();
  --accesses_;
  last_progress_ = clock.now();
  walker_.advance(clock.now());
  walker_.put_response(engine, response);
  return walker_.outputs().engine[engine];
}

void RtlWalkEngine::finish(Ticket& ticket, const WalkerEngineOutputs& response, Cycles now) {
  if (response.response_id != ticket.id) fail(now, "it answers another request");
  WalkRecord& record = ticket.record;
  record.finished = last_progress_ = now;
  record.status = static_cast<AbortStatus>(response.status);
  record.leaf_level = response.level;
  record.leaf_pte = response.pte;
  record.walk_cache_level = response.walk_cache_level;
  free_tickets_.push_back(ticket.id);
}

RtlWalkEngine::Ticket& RtlWalkEngine::take_ticket() {
  if (free_tickets_.empty()) {
    free_tickets_.push_back(static_cast<std::uint16_t>(tickets_.size()));
    tickets_.emplace_back().id = free_tickets_.back();
  }
  Ticket& ticket = tickets_[free_tickets_.back()];
  free_tickets_.pop_back();
  ticket.started = false;
  return ticket;
}

void RtlWalkEngine::fail(Cycles now, const char* what) const {
  throw RtlError(fmt::format("the RTL walker, cycle {}: {}", now, what));
}

}  // namespace faultline
