// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/dram_waves.h"

#include "platform/waves/wave_names.h"

namespace faultline {

namespace {

constexpr unsigned kCommandBits = 4;
constexpr unsigned kRowBits = 32;
constexpr unsigned kColumnBits = 7;  // in lines: DramLocation::column
constexpr unsigned kRankBits = 3;
constexpr unsigned kBankBits = 4;
static_assert(kLinesPerRow == 1U << kColumnBits && kBanksPerRank == 1U << kBankBits);

bool is_column(DramCommand command) {
  switch (command) {
    case DramCommand::Read:
    case DramCommand::ReadAutoPrecharge:
    case DramCommand::Write:
    case DramCommand::WriteAutoPrecharge:
      return true;
    default:
      return false;
  }
}

/// True if no row is open after the command. A bank that precharges by itself closes a little
/// later.
bool closes(DramCommand command) {
  return command != DramCommand::Activate && command != DramCommand::Read &&
         command != DramCommand::Write;
}

bool is_for_all_banks(DramCommand command) {
  return command == DramCommand::Refresh || command == DramCommand::PrechargeAll;
}

unsigned bank_in_rank(const DramLocation& location) {
  return location.bank_group * kBanksPerGroup + location.bank;
}

}  // namespace

DramWaves::DramWaves(WaveLog& log, const std::string& scope, const DramParams& params,
                     unsigned data_rate_mtps)
    : log_(log), data_rate_mtps_(data_rate_mtps) {
  for (unsigned channel = 0; channel < params.channels; ++channel) {
    channels_.push_back(add_channel(scope + ".channel" + std::to_string(channel), params.ranks));
  }
}

DramWaves::ChannelSignals DramWaves::add_channel(const std::string& scope, unsigned ranks) {
  ChannelSignals channel{
      .command = log_.add_resting(scope + ".command", kCommandBits, &command_names()),
      .rank = log_.add(scope + ".rank", kRankBits),
      .bank = log_.add(scope + ".bank", kBankBits),
      .row = log_.add(scope + ".row", kRowBits),
      .column = log_.add(scope + ".column", kColumnBits),
      .banks = {}};
  for (unsigned rank = 0; rank < ranks; ++rank) {
    for (unsigned bank = 0; bank < kBanksPerRank; ++bank) {
      const std::string place =
          scope + ".rank" + std::to_string(rank) + ".bank" + std::to_string(bank);
      channel.banks.push_back(
          {.command = log_.add_resting(place + ".command", kCommandBits, &command_names()),
           .row = log_.add(place + ".row", kRowBits),
           .column = log_.add(place + ".column", kColumnBits)});
    }
  }
  return channel;
}

void DramWaves::issued(const CommandRecord& command) {
  const DramLocation& place = command.location;
  const ChannelSignals& channel = channels_.at(place.channel);
  const std::uint64_t at = ps(command.cycle);
  const unsigned bank = bank_in_rank(place);
  const BankSignals* const banks = &channel.banks[place.rank * kBanksPerRank];
  log_.pulse(channel.command, at, ps(command.cycle + 1), command_value(command.command));
  log_.set(channel.rank, at, place.rank);
  if (is_for_all_banks(command.command)) {
    for (unsigned i = 0; i < kBanksPerRank; ++i) show_on_bank(banks[i], command);
    return;
  }
  log_.set(channel.bank, at, bank);
  if (command.command != DramCommand::Precharge) log_.set(channel.row, at, place.row);
  if (is_column(command.command)) log_.set(channel.column, at, place.column);
  show_on_bank(banks[bank], command);
}

void DramWaves::show_on_bank(const BankSignals& bank, const CommandRecord& command) {
  const std::uint64_t at = ps(command.cycle);
  log_.pulse(bank.command, at, ps(command.cycle + 1), command_value(command.command));
  if (command.command == DramCommand::Activate) log_.set(bank.row, at, command.location.row);
  if (closes(command.command)) log_.set(bank.row, at, WaveValue::none());
  if (is_column(command.command)) log_.set(bank.column, at, command.location.column);
}

}  // namespace faultline
