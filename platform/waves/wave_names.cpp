// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/wave_names.h"

#include <algorithm>

#include "models/mmu/abort.h"

namespace faultline {

namespace {

/// to_string of the values up to and including `last`, behind what comes before them.
template <typename Enum>
std::vector<std::string> names_up_to(Enum last, std::vector<std::string> names = {}) {
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
    names.emplace_back(to_string(static_cast<Enum>(i)));
  }
  for (std::string& name : names) std::ranges::replace(name, ' ', '_');
  return names;
}

}  // namespace

const ValueNames& privilege_names() {
  static const ValueNames kNames{"privilege.txt",
                                 {to_string(Privilege::User), to_string(Privilege::Supervisor), "",
                                  to_string(Privilege::Machine)}};
  return kNames;
}

const ValueNames& access_names() {
  static const ValueNames kNames{"access.txt", names_up_to(AccessType::Amo)};
  return kNames;
}

const ValueNames& abort_names() {
  static const ValueNames kNames{"abort.txt", names_up_to(AbortStatus::AccessFault)};
  return kNames;
}

const ValueNames& served_by_names() {
  static const ValueNames kNames{"served_by.txt", names_up_to(ServedBy::Device)};
  return kNames;
}

const ValueNames& lookup_names() {
  static const ValueNames kNames{"lookup.txt", {"idle", "busy", "hit", "miss"}};
  return kNames;
}

const ValueNames& walk_state_names() {
  static const ValueNames kNames{
      "walk_state.txt",
      {"idle", "accept", "look_up", "issue", "wait", "decode", "update", "update_wait", "respond"}};
  return kNames;
}

const ValueNames& stage_names() {
  static const ValueNames kNames = [] {
    ValueNames names{"stage.txt", {"none"}};
    for (std::size_t i = 0; i < kStageCount; ++i) {
      names.names.emplace_back(stage_info(static_cast<Stage>(i)).name);
    }
    return names;
  }();
  return kNames;
}

const ValueNames& command_names() {
  static const ValueNames kNames{"dram_command.txt", names_up_to(DramCommand::Refresh, {"none"})};
  return kNames;
}

const std::vector<const ValueNames*>& all_value_names() {
  static const std::vector<const ValueNames*> kAll{
      &privilege_names(), &access_names(),     &abort_names(), &served_by_names(),
      &lookup_names(),    &walk_state_names(), &stage_names(), &command_names()};
  return kAll;
}

}  // namespace faultline
