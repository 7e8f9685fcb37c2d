// SPDX-License-Identifier: Apache-2.0
#include "platform/config/machine_schema.h"

namespace faultline {

ValueType<ReplacementKind> replacement_kind() {
  return choice<ReplacementKind>({{"lru", ReplacementKind::Lru},
                                  {"tree-plru", ReplacementKind::TreePlru},
                                  {"fifo", ReplacementKind::Fifo},
                                  {"random", ReplacementKind::Random}});
}

ConfigSchema machine_schema() {
  ConfigSchema schema;
  add_cpu_keys(schema);
  add_mmu_keys(schema);
  add_memory_keys(schema);
  add_disk_keys(schema);
  add_software_keys(schema);
  add_sim_keys(schema);
  return schema;
}

}  // namespace faultline
