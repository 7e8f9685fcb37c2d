// SPDX-License-Identifier: Apache-2.0
#include "sw/programs/faultpaths/experiment.h"

namespace faultpaths {

namespace {

/// Pages of the stack that are made present first: more than the kernel maps at the start (132
/// KiB), so that every page below makes the stack's mapping grow.
constexpr std::size_t kStackPresent = 48;

/// The stack is used without moving sp: the kernel grows it for any access below.
void provoke_stack_growth(Experiment& experiment) {
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  auto* top = reinterpret_cast<std::uint8_t*>(frame & ~(kPageSize - 1));
  for (std::size_t page = 0; page < kStackPresent; ++page) {
    top -= kPageSize;
    *const_cast<volatile std::uint8_t*>(top) = 0;
  }
  for (const Pass& pass : experiment.passes()) {
    top -= pass.items() * kPageSize;
    const Pages stack{top, pass.items()};
    experiment.provoke("stack_growth", pass,
                       [&](std::size_t i) { stack.word(pass.count - i) = i; });
  }
}

}  // namespace

void provoke_anonymous(Experiment& experiment) {
  for (const Pass& pass : experiment.passes()) {
    const Pages read_first = map_private(pass.items());
    experiment.provoke("anon_read", pass, [&](std::size_t i) { read_first.load(i); });
    experiment.provoke("write_after_zero_page", pass,
                       [&](std::size_t i) { read_first.word(i) = i; });
    const Pages written = map_private(pass.items());
    experiment.provoke("anon_write", pass, [&](std::size_t i) { written.word(i) = i; });
    release(read_first);
    release(written);
  }
  provoke_stack_growth(experiment);
}

}  // namespace faultpaths
