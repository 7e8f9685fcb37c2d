// SPDX-License-Identifier: Apache-2.0
#include "models/dram/controller.h"

#include <algorithm>

namespace faultline {

namespace {

bool is_column(DramCommand command) {
  return command == DramCommand::Read || command == DramCommand::Write;
}

}  // namespace

DramController::DramController(const DramParams& params, const DramTiming& timing, unsigned channel)
    : params_(params), timing_(timing), channel_(channel) {
  for (unsigned rank = 0; rank < params.ranks; ++rank) {
    const DramCycles stagger = DramCycles{timing.t_refi} * rank / params.ranks;
    ranks_.push_back({DramRank(timing), timing.t_refi + stagger, {}, {}});
  }
  next_refresh_due_ = ranks_.front().refresh_due;
  reads_.depth = params.read_queue_depth;
  writes_.depth = params.write_queue_depth;
  reads_.requests.reserve(reads_.depth);
  writes_.requests.reserve(writes_.depth);
}

const DramController::Request* DramController::Queue::find_line(std::uint64_t line) const {
  const auto found = std::find_if(requests.begin(), requests.end(),
                                  [line](const Request& r) { return r.line == line; });
  return found == requests.end() ? nullptr : &*found;
}

DramController::Admission DramController::read(const DramLocation& location, std::uint64_t line,
                                               void* sender) {
  if (writes_.find_line(line) != nullptr) {
    ++stats_.forwarded_reads;
    return Admission::Forwarded;
  }
  const auto bank =
      static_cast<std::uint16_t>(location.bank_group * kBanksPerGroup + location.bank);
  reads_.requests.push_back({location, bank, RowResult::Unknown, line, sender});
  decided_ = false;
  return Admission::Queued;
}

DramController::Admission DramController::write(const DramLocation& location, std::uint64_t line,
                                                void* sender) {
  if (writes_.find_line(line) != nullptr) {
    ++stats_.merged_writes;
    return Admission::Posted;
  }
  const auto bank =
      static_cast<std::uint16_t>(location.bank_group * kBanksPerGroup + location.bank);
  writes_.requests.push_back({location, bank, RowResult::Unknown, line, sender});
  decided_ = false;
  if (writes_.visible() >= params_.write_high_watermark) draining_ = true;
  return writes_.requests.size() <= writes_.depth ? Admission::Posted : Admission::Waiting;
}

DramController::Progress DramController::advance(DramCycles limit) {
  if (nothing_before(limit)) {
    pass_to(std::max(limit, now_));
    return {};
  }
  const Decision decision = next_;
  decided_ = false;
  pass_to(decision.cycle);
  Progress progress{.issued = true, .completion = std::nullopt};
  if (decision.queue == nullptr) {
    issue_refresh(decision);
  } else if (is_column(decision.command)) {
    progress.completion = issue_column(decision);
  } else {
    issue_row(decision);
  }
  pass_to(decision.cycle + 1);
  return progress;
}

bool DramController::nothing_before(DramCycles limit) {
  // Idle time between requests is frequent; deciding would look at every bank.
  const bool idle = reads_.requests.empty() && writes_.requests.empty();
  if (idle && next_refresh_due_ >= limit) return true;
  decide();
  return next_.cycle >= limit;
}

void DramController::pass_to(DramCycles cycle) {
  const DramCycles passed = cycle - now_;
  stats_.cycles += passed;
  stats_.read_queue_cycles += passed * reads_.requests.size();
  stats_.write_queue_cycles += passed * writes_.requests.size();
  now_ = cycle;
}

// ---- which command is next ---------------------------------------------------------------------

void DramController::decide() {
  if (decided_) return;
  decided_ = true;
  next_ = {};
  if (Queue* queue = served_queue()) consider_queue(*queue);
  for (unsigned rank = 0; rank < ranks_.size(); ++rank) {
    if (ranks_[rank].refresh_due <= next_.cycle) consider_refresh(rank);
  }
}

void DramController::consider_refresh(unsigned rank) {
  const Rank& r = ranks_[rank];
  const bool closed = r.state.all_closed();
  const DramCycles ready = closed ? r.state.earliest_refresh() : r.state.earliest_precharge_all();
  const DramCycles cycle = std::max({now_, r.refresh_due, ready});
  const bool goes_first = cycle < next_.cycle || (cycle == next_.cycle && next_.queue != nullptr);
  if (!goes_first) return;
  const DramCommand command = closed ? DramCommand::Refresh : DramCommand::PrechargeAll;
  next_ = {cycle, command, rank, 0, nullptr};
}

DramController::Queue* DramController::served_queue() {
  if (writes_.requests.empty()) return reads_.requests.empty() ? nullptr : &reads_;
  if (reads_.requests.empty()) return &writes_;
  return draining_ && !starved(reads_) ? &writes_ : &reads_;
}

void DramController::consider_queue(Queue& queue) {
  ++pass_;
  if (starved(queue)) {
    consider_request(queue, 0);
    return;
  }
  const std::size_t visible = queue.visible();
  for (std::size_t i = 0; i < visible; ++i) {
    const Request& request = queue.requests[i];
    Rank& rank = ranks_[request.location.rank];
    if (rank.state.open_row(request.bank) == request.location.row) {
      rank.hit_seen[request.bank] = pass_;
    }
  }
  for (std::size_t i = 0; i < visible; ++i) consider_request(queue, i);
}

void DramController::consider_request(Queue& queue, std::size_t index) {
  const Request& request = queue.requests[index];
  const unsigned bank = request.bank;
  Rank& rank = ranks_[request.location.rank];
  const std::uint32_t open_row = rank.state.open_row(bank);

  DramCommand command{};
  DramCycles ready = 0;
  if (open_row == request.location.row) {
    const bool is_read = &queue == &reads_;
    command = is_read ? DramCommand::Read : DramCommand::Write;
    ready = is_read ? rank.state.earliest_read(bank) : rank.state.earliest_write(bank);
  } else {
    // The oldest request decides which row comes next, once nobody wants the open one any more.
    if (rank.miss_seen[bank] == pass_ || rank.hit_seen[bank] == pass_) return;
    rank.miss_seen[bank] = pass_;
    const bool closed = open_row == DramRank::kNoRow;
    command = closed ? DramCommand::Activate : DramCommand::Precharge;
    ready = closed ? rank.state.earliest_activate(bank) : rank.state.earliest_precharge(bank);
  }

  const DramCycles cycle = std::max(now_, ready);
  if (cycle >= rank.refresh_due) return;
  const bool goes_first = cycle < next_.cycle ||
                          (cycle == next_.cycle && is_column(command) && !is_column(next_.command));
  if (goes_first) next_ = {cycle, command, request.location.rank, index, &queue};
}

// ---- what a command does -----------------------------------------------------------------------

void DramController::issue_refresh(const Decision& decision) {
  Rank& rank = ranks_[decision.rank];
  if (decision.command == DramCommand::PrechargeAll) {
    rank.state.precharge_all(now_);
    ++stats_.precharges;
  } else {
    rank.state.refresh(now_);
    rank.refresh_due += timing_.t_refi;
    next_refresh_due_ =
        std::min_element(ranks_.begin(), ranks_.end(), [](const Rank& a, const Rank& b) {
          return a.refresh_due < b.refresh_due;
        })->refresh_due;
    ++stats_.refreshes;
  }
  record(decision.command, {.rank = static_cast<std::uint8_t>(decision.rank)});
}

void DramController::issue_row(const Decision& decision) {
  Request& request = decision.queue->requests[decision.index];
  DramRank& rank = ranks_[decision.rank].state;
  DramLocation place = request.location;
  place.column = 0;
  if (decision.command == DramCommand::Activate) {
    rank.activate(request.bank, request.location.row, now_);
    ++stats_.activates;
    if (request.row == RowResult::Unknown) request.row = RowResult::Closed;
  } else {
    rank.precharge(request.bank, now_);
    ++stats_.precharges;
    if (request.row == RowResult::Unknown) request.row = RowResult::Conflict;
    place.row = 0;
  }
  record(decision.command, place);
}

std::optional<DramController::Completion> DramController::issue_column(const Decision& decision) {
  const Request request = decision.queue->requests[decision.index];
  const RowResult row = request.row == RowResult::Unknown ? RowResult::Hit : request.row;
  switch (row) {
    case RowResult::Closed:
      ++stats_.row_closed;
      break;
    case RowResult::Conflict:
      ++stats_.row_conflicts;
      break;
    default:
      ++stats_.row_hits;
      break;
  }
  const bool close = closes_row(decision);
  if (close) ++stats_.precharges;
  count_overtaking(decision);

  DramRank& rank = ranks_[decision.rank].state;
  if (decision.command == DramCommand::Read) {
    rank.read(request.bank, close, now_);
    for (Rank& other : ranks_) {
      if (&other.state != &rank) other.state.other_rank_read(now_);
    }
    record(close ? DramCommand::ReadAutoPrecharge : DramCommand::Read, request.location);
    ++stats_.reads;
    reads_.requests.erase(reads_.requests.begin() + static_cast<std::ptrdiff_t>(decision.index));
    return Completion{request.sender, now_ + timing_.cl + kBurstCycles, row};
  }
  rank.write(request.bank, close, now_);
  for (Rank& other : ranks_) {
    if (&other.state != &rank) other.state.other_rank_write(now_);
  }
  record(close ? DramCommand::WriteAutoPrecharge : DramCommand::Write, request.location);
  ++stats_.writes;
  return retire_write(decision.index);
}

std::optional<DramController::Completion> DramController::retire_write(std::size_t index) {
  std::vector<Request>& requests = writes_.requests;
  requests.erase(requests.begin() + static_cast<std::ptrdiff_t>(index));
  if (writes_.visible() <= params_.write_low_watermark) draining_ = false;
  if (requests.size() < writes_.depth) return std::nullopt;
  // The write that waited longest has the room now.
  return Completion{requests[writes_.depth - 1].sender, now_ + 1, RowResult::Unknown};
}

void DramController::count_overtaking(const Decision& decision) {
  Queue& queue = *decision.queue;
  if (decision.index == 0) {
    queue.overtaken = 0;
  } else {
    ++queue.overtaken;
  }
  if (&queue == &writes_ && !reads_.requests.empty()) ++reads_.overtaken;
}

bool DramController::closes_row(const Decision& decision) const {
  if (params_.page_policy == PagePolicy::Open) return false;
  const Request& served = decision.queue->requests[decision.index];
  const auto wants_row = [&](const Request& r) {
    return &r != &served && r.location.rank == served.location.rank && r.bank == served.bank &&
           r.location.row == served.location.row;
  };
  for (const Queue* queue : {&reads_, &writes_}) {
    const auto end = queue->requests.begin() + static_cast<std::ptrdiff_t>(queue->visible());
    if (std::any_of(queue->requests.begin(), end, wants_row)) return false;
  }
  return true;
}

void DramController::record(DramCommand command, const DramLocation& location) {
  if (!observer_) return;
  CommandRecord record{now_, command, location};
  record.location.channel = static_cast<std::uint8_t>(channel_);
  observer_(record);
}

}  // namespace faultline
