// SPDX-License-Identifier: Apache-2.0
#include "sw/programs/faultpaths/experiment.h"

namespace faultpaths {

namespace {

/// Pages that the kernel reads at once: an aligned block of slots of the swap area. Pages that are
/// swapped out in order get slots in order, so of two pages this far apart neither brings the
/// other, and of what lies between them everything comes with one of the two.
constexpr std::size_t kCluster = 8;

/// One page of each cluster from the device, then another one of each, which that has brought.
template <typename Touch>
void provoke_swap_in(Experiment& experiment, const Pass& pass, Touch touch) {
  const Pages pages = map_private((pass.items() + 1) * kCluster);
  fill(pages);
  if (madvise(pages.base, pages.count * kPageSize, MADV_PAGEOUT) != 0) die("MADV_PAGEOUT");
  experiment.provoke("swap_in_device", pass, [&](std::size_t i) { touch(pages, i * kCluster); });
  touch(pages, pass.items() * kCluster);
  experiment.provoke("swap_in_cache", pass,
                     [&](std::size_t i) { touch(pages, i * kCluster + kCluster / 2); });
  release(pages);
}

}  // namespace

void provoke_swap(Experiment& experiment) {
  if (!experiment.settings().swap) return;
  for (const Pass& pass : experiment.passes()) {
    provoke_swap_in(experiment, pass, [](const Pages& pages, std::size_t at) { pages.load(at); });
    provoke_swap_in(experiment, pass,
                    [](const Pages& pages, std::size_t at) { pages.word(at) = at; });
  }
}

}  // namespace faultpaths
