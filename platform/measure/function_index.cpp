// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/function_index.h"

#include <bit>

namespace faultline {

namespace {

constexpr std::array<TaskFunction, 3> kTaskFunctions{{
    {"__switch_to", TaskEvent::Switch},
    {"do_exit", TaskEvent::Exit},
    {"do_group_exit", TaskEvent::Exit},
}};

}  // namespace

std::span<const TaskFunction> task_functions() {
  return kTaskFunctions;
}

FunctionIndex::FunctionIndex(const KernelImage& kernel) : begin_(kernel.begin), end_(kernel.end) {
  std::size_t wanted = 0;
  const auto count = [&](std::string_view name) { wanted += kernel.addresses_of(name).size(); };
  for (const StageFunctions& stage : stage_functions()) {
    for (const std::string_view name : stage.functions) count(name);
  }
  for (const MarkFunction& mark : mark_functions()) count(mark.function);
  for (const TaskFunction& task : task_functions()) count(task.function);
  slots_.resize(std::bit_ceil(4 * wanted + 4), {.address = kFree});
  mask_ = slots_.size() - 1;

  for (const StageFunctions& stage : stage_functions()) {
    for (const std::string_view name : stage.functions) {
      for (const VirtAddr address : kernel.addresses_of(name)) {
        FunctionEntry& entry = insert(address);
        entry.has_stage = true;
        entry.nesting = stage.nesting;
        entry.stage = stage.stage;
      }
    }
  }
  for (const MarkFunction& mark : mark_functions()) {
    for (const VirtAddr address : kernel.addresses_of(mark.function)) {
      FunctionEntry& entry = insert(address);
      (mark.argument ? entry.marks_by_argument.at(*mark.argument) : entry.marks) |= bit(mark.mark);
    }
  }
  for (const TaskFunction& task : task_functions()) {
    for (const VirtAddr address : kernel.addresses_of(task.function)) {
      insert(address).task_event = task.event;
    }
  }
}

FunctionEntry& FunctionIndex::insert(VirtAddr address) {
  std::size_t i = slot_of(address);
  while (slots_[i].address != address && slots_[i].address != kFree) i = (i + 1) & mask_;
  if (slots_[i].address == kFree) {
    slots_[i].address = address;
    ++size_;
  }
  return slots_[i];
}

}  // namespace faultline
