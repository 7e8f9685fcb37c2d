// SPDX-License-Identifier: Apache-2.0
#pragma once

// From the address of a function to what the profiler wants to know of it. Looked up at every jump
// while a fault is handled, nearly always in vain; hence a small open hash table rather than a map.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "models/common/types.h"
#include "platform/measure/paths.h"
#include "platform/measure/stages.h"

namespace faultline {

/// What the index needs to know of a kernel's image.
struct KernelImage {
  /// First addresses of the functions of that name; empty if there is none.
  std::function<std::vector<VirtAddr>(std::string_view name)> addresses_of;
  VirtAddr begin{};  ///< of its code
  VirtAddr end{};
};

/// What entering a function says about the guest's tasks.
enum class TaskEvent : std::uint8_t {
  None,
  Switch,  ///< from the task in a0 to the one in a1 (pointers)
  Exit,    ///< the running task goes no further
};

/// One function and what entering it says.
struct TaskFunction {
  std::string_view function;
  TaskEvent event;
};
[[nodiscard]] std::span<const TaskFunction> task_functions();

/// What entering a function means.
struct FunctionEntry {
  VirtAddr address{};
  TaskEvent task_event = TaskEvent::None;
  bool has_stage = false;
  Nesting nesting = Nesting::Open;
  Stage stage = Stage::Dispatch;
  PathMarks marks = 0;
  /// Marks that depend on the function's first argument, if it is 0 to 3.
  std::array<PathMarks, 4> marks_by_argument{};

  /// The marks of a call with `argument` as its first.
  [[nodiscard]] PathMarks marks_of(std::uint64_t argument) const {
    return marks | (argument < marks_by_argument.size() ? marks_by_argument[argument] : 0);
  }
};

class FunctionIndex {
 public:
  /// The functions of stage_functions(), mark_functions() and task_functions() that `kernel` has.
  explicit FunctionIndex(const KernelImage& kernel);

  /// The entry of the function that begins at `address`, or null.
  [[nodiscard]] const FunctionEntry* find(VirtAddr address) const {
    for (std::size_t i = slot_of(address);; i = (i + 1) & mask_) {
      if (slots_[i].address == address) return &slots_[i];
      if (slots_[i].address == kFree) return nullptr;
    }
  }
  /// True if some function of the image lies around `address`: how the kernel is told from the
  /// monitor.
  [[nodiscard]] bool in_image(VirtAddr address) const {
    return begin_ <= address && address < end_;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr VirtAddr kFree{~std::uint64_t{0}};

  [[nodiscard]] std::size_t slot_of(VirtAddr address) const {
    return ((address.value * 0x9e3779b97f4a7c15ULL) >> 32) & mask_;
  }
  FunctionEntry& insert(VirtAddr address);

  std::vector<FunctionEntry> slots_;
  std::size_t mask_;
  std::size_t size_ = 0;
  VirtAddr begin_;
  VirtAddr end_;
};

}  // namespace faultline
