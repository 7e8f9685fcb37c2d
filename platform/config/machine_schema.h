// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parts of MachineConfig's schema, one function a group; used by machine_schema() only.

#include "platform/config/schema.h"

namespace faultline {

/// The way from a MachineConfig, const or not, to one of its fields.
#define FAULTLINE_PLACE(field) \
  [](auto& c) -> auto& {       \
    return c.field;            \
  }

/// The way on from a struct to one of its fields.
template <typename Place, typename Struct, typename T>
[[nodiscard]] auto field_of(Place place, T Struct::*field) {
  return [ place, field ](auto& c) -> auto& {
    return place(c).*field;
  };
}

void add_cpu_keys(ConfigSchema& schema);
void add_mmu_keys(ConfigSchema& schema);
void add_memory_keys(ConfigSchema& schema);
void add_disk_keys(ConfigSchema& schema);
void add_software_keys(ConfigSchema& schema);
void add_sim_keys(ConfigSchema& schema);

/// Names of the replacement policies.
[[nodiscard]] ValueType<ReplacementKind> replacement_kind();

}  // namespace faultline
