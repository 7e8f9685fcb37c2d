// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/dram/protocol_checker.h"

#include <algorithm>

namespace faultline::test {

ProtocolChecker::ProtocolChecker(const DramTiming& t, unsigned ranks) : t_(t), ranks_(ranks) {
  for (Rank& rank : ranks_) {
    for (Bank& bank : rank.banks) bank.last.fill(kLongAgo);
  }
  constexpr unsigned kBurst = 4;  // BL/2
  // Within a bank.
  rule(kAct, kRd, kSameBank, t.t_rcd, "tRCD");
  rule(kAct, kWr, kSameBank, t.t_rcd, "tRCD");
  rule(kAct, kPre, kSameBank, t.t_ras, "tRAS");
  rule(kAct, kAct, kSameBank, t.t_rc, "tRC");
  rule(kPre, kAct, kSameBank, t.t_rp, "tRP");
  rule(kRd, kPre, kSameBank, t.t_rtp, "tRTP");
  rule(kWr, kPre, kSameBank, t.cwl + kBurst + t.t_wr, "tWR");
  // Within a bank group.
  for (const Relation relation : {kSameBank, kSameGroup}) {
    if (relation == kSameGroup) rule(kAct, kAct, relation, t.t_rrd_l, "tRRD_L");
    rule(kRd, kRd, relation, t.t_ccd_l, "tCCD_L");
    rule(kWr, kWr, relation, t.t_ccd_l, "tCCD_L");
    rule(kWr, kRd, relation, t.cwl + kBurst + t.t_wtr_l, "tWTR_L");
  }
  // Between bank groups.
  rule(kAct, kAct, kSameRank, t.t_rrd_s, "tRRD_S");
  rule(kRd, kRd, kSameRank, t.t_ccd_s, "tCCD_S");
  rule(kWr, kWr, kSameRank, t.t_ccd_s, "tCCD_S");
  rule(kWr, kRd, kSameRank, t.cwl + kBurst + t.t_wtr_s, "tWTR_S");
  // Anywhere in a rank. A read's data, one cycle of turnaround, the write's preamble and its data.
  for (const Relation relation : {kSameBank, kSameGroup, kSameRank}) {
    rule(kRd, kWr, relation, t.cl + kBurst + 1 + 1 - t.cwl, "tRTW");
    rule(kAct, kRef, relation, t.t_rc, "tRC to REF");
    rule(kPre, kRef, relation, t.t_rp, "tRP to REF");
    rule(kRef, kAct, relation, t.t_rfc, "tRFC");
    rule(kRef, kRef, relation, t.t_rfc, "tRFC");
  }
}

void ProtocolChecker::rule(Kind before, Kind after, Relation relation, unsigned distance,
                           const char* name) {
  rules_[before][after][relation].push_back({distance, name});
}

void ProtocolChecker::see(const CommandRecord& record) {
  const auto cycle = static_cast<std::int64_t>(record.cycle);
  ++commands_;
  if (cycle <= last_cycle_) fail("one command a cycle", cycle);
  last_cycle_ = cycle;
  switch (record.command) {
    case DramCommand::Activate:
      apply(kAct, record);
      break;
    case DramCommand::Read:
    case DramCommand::ReadAutoPrecharge:
      apply(kRd, record);
      break;
    case DramCommand::Write:
    case DramCommand::WriteAutoPrecharge:
      apply(kWr, record);
      break;
    case DramCommand::Precharge:
      apply(kPre, record);
      break;
    case DramCommand::PrechargeAll:
    case DramCommand::Refresh: {
      const Kind kind = record.command == DramCommand::Refresh ? kRef : kPre;
      CommandRecord each = record;
      for (unsigned bank = 0; bank < kBanks; ++bank) {
        each.location.bank_group = static_cast<std::uint8_t>(bank / 4);
        each.location.bank = static_cast<std::uint8_t>(bank % 4);
        // Every bank is looked at before any of them changes.
        check_distances(kind, record.location.rank, bank, cycle);
        if (kind == kRef) check_bank_state(kind, each);
      }
      for (Bank& bank : ranks_[record.location.rank].banks) {
        // An auto-precharge may have a later precharge pending.
        bank.last[kind] = std::max(bank.last[kind], cycle);
        bank.open = false;
      }
      if (kind == kRef) check_refresh_rate(ranks_[record.location.rank], cycle);
      break;
    }
  }
}

void ProtocolChecker::apply(Kind kind, const CommandRecord& record) {
  const auto cycle = static_cast<std::int64_t>(record.cycle);
  const unsigned number = record.location.bank_group * 4U + record.location.bank;
  Rank& rank = ranks_[record.location.rank];
  Bank& bank = rank.banks[number];
  check_bank_state(kind, record);
  check_distances(kind, record.location.rank, number, cycle);
  if (kind == kAct) check_four_activations(rank, cycle);
  if (kind == kRd || kind == kWr) check_data_bus(kind, record.location.rank, cycle);

  bank.last[kind] = cycle;
  if (kind == kAct) {
    bank.open = true;
    bank.row = record.location.row;
  }
  if (kind == kPre) bank.open = false;
  const std::int64_t after_activate = bank.last[kAct] + t_.t_ras;
  if (record.command == DramCommand::ReadAutoPrecharge) {
    bank.open = false;
    bank.last[kPre] = std::max(after_activate, cycle + t_.t_rtp);
  }
  if (record.command == DramCommand::WriteAutoPrecharge) {
    bank.open = false;
    bank.last[kPre] = std::max(after_activate, cycle + t_.cwl + 4 + t_.t_wr);
  }
}

void ProtocolChecker::check_distances(Kind kind, unsigned rank, unsigned bank, std::int64_t cycle) {
  for (unsigned other = 0; other < kBanks; ++other) {
    const Relation relation = other == bank           ? kSameBank
                              : other / 4 == bank / 4 ? kSameGroup
                                                      : kSameRank;
    const Bank& before = ranks_[rank].banks[other];
    for (unsigned k = 0; k < kKinds; ++k) {
      for (const Rule& r : rules_[k][kind][relation]) {
        if (cycle - before.last[k] < r.distance) fail(r.name, cycle);
      }
    }
  }
}

void ProtocolChecker::check_four_activations(Rank& rank, std::int64_t cycle) {
  std::vector<std::int64_t>& recent = rank.activations;
  if (recent.size() == 4) {
    if (cycle - recent.front() < t_.t_faw) fail("tFAW", cycle);
    recent.erase(recent.begin());
  }
  recent.push_back(cycle);
}

void ProtocolChecker::check_bank_state(Kind kind, const CommandRecord& record) {
  const auto cycle = static_cast<std::int64_t>(record.cycle);
  const unsigned number = record.location.bank_group * 4U + record.location.bank;
  const Bank& bank = ranks_[record.location.rank].banks[number];
  if (kind == kAct && bank.open) fail("activate of an open bank", cycle);
  if (kind == kRef && bank.open) fail("refresh of an open bank", cycle);
  if (kind != kRd && kind != kWr) return;
  if (!bank.open) fail("access to a closed bank", cycle);
  if (bank.open && bank.row != record.location.row) fail("access to another row", cycle);
}

void ProtocolChecker::check_data_bus(Kind kind, unsigned rank, std::int64_t cycle) {
  const std::int64_t start = cycle + (kind == kRd ? t_.cl : t_.cwl);
  const std::int64_t gap = rank == bus_owner_ ? 0 : t_.t_rtrs;
  if (start < bus_free_ + gap) fail(rank == bus_owner_ ? "data bus" : "tRTRS", cycle);
  bus_free_ = std::max(bus_free_, start + 4);
  bus_owner_ = rank;
}

void ProtocolChecker::check_refresh_rate(Rank& rank, std::int64_t cycle) {
  // At any time no more than 8 refresh commands may be owed (JESD79-4B, 4.26).
  constexpr std::int64_t kMostOwed = 8;
  ++rank.refreshes;
  if (cycle / t_.t_refi - rank.refreshes > kMostOwed) fail("tREFI", cycle);
}

void ProtocolChecker::finish(std::uint64_t cycle) {
  for (Rank& rank : ranks_) {
    --rank.refreshes;
    check_refresh_rate(rank, static_cast<std::int64_t>(cycle));
  }
}

void ProtocolChecker::fail(const char* rule, std::int64_t cycle) {
  violations_.push_back({rule, static_cast<std::uint64_t>(cycle)});
}

}  // namespace faultline::test
