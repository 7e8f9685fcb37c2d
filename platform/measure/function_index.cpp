// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/function_index.h"

#include <bit>

namespace faultline {

FunctionIndex::FunctionIndex(const KernelImage& kernel) : begin_(kernel.begin), end_(kernel.end) {
  std::size_t wanted = 0;
  for (const StageFunctions& stage : stage_functions()) {
    for (const std::string_view name : stage.functions) wanted += kernel.addresses_of(name).size();
  }
  for (const MarkFunction& mark : mark_functions()) {
    wanted += kernel.addresses_of(mark.function).size();
  }
  slots_.resize(std::bit_ceil(4 * wanted + 4), {.address = kFree});
  mask_ = slots_.size() - 1;

  for (const StageFunctions& stage : stage_functions()) {
    for (const std::string_view name : stage.functions) {
      for (const VirtAddr address : kernel.addresses_of(name)) {
        FunctionEntry& entry = insert(address);
        entry.has_stage = true;
        entry.absorbs = stage.absorbs;
        entry.stage = stage.stage;
      }
    }
  }
  for (const MarkFunction& mark : mark_functions()) {
    for (const VirtAddr address : kernel.addresses_of(mark.function)) {
      insert(address).marks |= bit(mark.mark);
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
