// SPDX-License-Identifier: Apache-2.0
#include "models/dram/bank.h"

#include <algorithm>

namespace faultline {

namespace {

unsigned group_of(unsigned bank) {
  return bank / kBanksPerGroup;
}

void at_least(DramCycles& constraint, DramCycles cycle) {
  constraint = std::max(constraint, cycle);
}

}  // namespace

const char* to_string(DramCommand command) {
  switch (command) {
    case DramCommand::Activate:
      return "ACT";
    case DramCommand::Read:
      return "RD";
    case DramCommand::ReadAutoPrecharge:
      return "RDA";
    case DramCommand::Write:
      return "WR";
    case DramCommand::WriteAutoPrecharge:
      return "WRA";
    case DramCommand::Precharge:
      return "PRE";
    case DramCommand::PrechargeAll:
      return "PREA";
    case DramCommand::Refresh:
      return "REF";
  }
  return "?";
}

DramCycles DramRank::earliest_activate(unsigned bank) const {
  return std::max({banks_[bank].activate, groups_[group_of(bank)].activate, activate_,
                   activations_[next_activation_]});
}

DramCycles DramRank::earliest_read(unsigned bank) const {
  return std::max({banks_[bank].column, groups_[group_of(bank)].read, read_});
}

DramCycles DramRank::earliest_write(unsigned bank) const {
  return std::max({banks_[bank].column, groups_[group_of(bank)].write, write_});
}

DramCycles DramRank::earliest_precharge_all() const {
  DramCycles cycle = 0;
  for (const Bank& bank : banks_) at_least(cycle, bank.precharge);
  return cycle;
}

DramCycles DramRank::earliest_refresh() const {
  DramCycles cycle = 0;
  for (const Bank& bank : banks_) at_least(cycle, bank.activate);
  return cycle;
}

void DramRank::activate(unsigned bank, std::uint32_t row, DramCycles now) {
  Bank& b = banks_[bank];
  b.row = row;
  b.activate = now + t_->t_rc;
  b.column = now + t_->t_rcd;
  b.precharge = now + t_->t_ras;
  ++open_banks_;
  groups_[group_of(bank)].activate = now + t_->t_rrd_l;
  activate_ = now + t_->t_rrd_s;
  activations_[next_activation_] = now + t_->t_faw;
  next_activation_ = (next_activation_ + 1) % kActivationsInWindow;
}

void DramRank::read(unsigned bank, bool auto_precharge_after, DramCycles now) {
  BankGroup& group = groups_[group_of(bank)];
  at_least(group.read, now + t_->t_ccd_l);
  at_least(read_, now + t_->t_ccd_s);
  at_least(write_, now + t_->read_to_write());
  at_least(banks_[bank].precharge, now + t_->t_rtp);
  if (auto_precharge_after) auto_precharge(banks_[bank]);
}

void DramRank::write(unsigned bank, bool auto_precharge_after, DramCycles now) {
  BankGroup& group = groups_[group_of(bank)];
  at_least(group.write, now + t_->t_ccd_l);
  at_least(write_, now + t_->t_ccd_s);
  at_least(group.read, now + t_->write_to_read_l());
  at_least(read_, now + t_->write_to_read_s());
  at_least(banks_[bank].precharge, now + t_->write_to_precharge());
  if (auto_precharge_after) auto_precharge(banks_[bank]);
}

void DramRank::precharge(unsigned bank, DramCycles now) {
  close(banks_[bank]);
  at_least(banks_[bank].activate, now + t_->t_rp);
}

void DramRank::precharge_all(DramCycles now) {
  // The last precharge command counts for every bank, also for one that was closed before
  // (JESD79-4B, 4.23).
  for (unsigned bank = 0; bank < kBanksPerRank; ++bank) precharge(bank, now);
}

void DramRank::refresh(DramCycles now) {
  for (Bank& bank : banks_) at_least(bank.activate, now + t_->t_rfc);
}

void DramRank::other_rank_read(DramCycles now) {
  at_least(read_, now + t_->rank_to_rank());
  at_least(write_, now + t_->read_to_write_other_rank());
}

void DramRank::other_rank_write(DramCycles now) {
  at_least(write_, now + t_->rank_to_rank());
  at_least(read_, now + t_->write_to_read_other_rank());
}

void DramRank::close(Bank& bank) {
  if (bank.row == kNoRow) return;
  bank.row = kNoRow;
  --open_banks_;
}

void DramRank::auto_precharge(Bank& bank) {
  close(bank);
  at_least(bank.activate, bank.precharge + t_->t_rp);
}

}  // namespace faultline
