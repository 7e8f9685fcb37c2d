// SPDX-License-Identifier: Apache-2.0
#pragma once

// A made-up kernel that has every function the profiler knows, 64 bytes apart.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/measure/function_index.h"

namespace faultline {

class KernelSymbols {
 public:
  KernelSymbols() {
    for (const StageFunctions& stage : stage_functions()) {
      for (const std::string_view name : stage.functions) add(name);
    }
    for (const MarkFunction& mark : mark_functions()) add(mark.function);
    for (const TaskFunction& task : task_functions()) add(task.function);
  }

  [[nodiscard]] VirtAddr at(const std::string& name) const { return addresses_.at(name); }
  [[nodiscard]] KernelImage image() const {
    return {.addresses_of =
                [this](std::string_view name) {
                  return std::vector<VirtAddr>{addresses_.at(std::string(name))};
                },
            .begin = kBegin,
            .end = VirtAddr{kBegin.value + 0x100000}};
  }

 private:
  static constexpr VirtAddr kBegin{0x80200000};

  void add(std::string_view name) {
    addresses_.try_emplace(std::string(name), VirtAddr{kBegin.value + 64 * addresses_.size()});
  }

  std::map<std::string, VirtAddr> addresses_;
};

}  // namespace faultline
