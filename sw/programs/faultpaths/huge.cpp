// SPDX-License-Identifier: Apache-2.0
#include "sw/programs/faultpaths/experiment.h"

namespace faultpaths {

namespace {

constexpr std::size_t kPagesOfHuge = 512;

Pages map_huge(std::size_t count) {
  const Pages pages = map_private(count * kPagesOfHuge);
  if (madvise(pages.base, pages.count * kPageSize, MADV_HUGEPAGE) != 0) die("MADV_HUGEPAGE");
  return pages;
}

void provoke_first_touches(Experiment& experiment, const Pass& pass) {
  const Pages read_first = map_huge(pass.items());
  experiment.provoke("huge_anon_read", pass,
                     [&](std::size_t i) { read_first.load(i * kPagesOfHuge); });
  experiment.provoke("huge_wp_split", pass,
                     [&](std::size_t i) { read_first.word(i * kPagesOfHuge) = i; });
  release(read_first);
}

/// What fork does to huge pages: the child finds them old, the parent read-only; when the child has
/// ended, they are the parent's alone again.
void provoke_after_fork(Experiment& experiment, const Pass& pass) {
  const Pages written = map_huge(pass.items());
  experiment.provoke("huge_anon_write", pass,
                     [&](std::size_t i) { written.word(i * kPagesOfHuge) = i; });
  const Pipe result;
  const pid_t child = spawn([&] {
    result.put(experiment.touch_all(pass, [&](std::size_t i) { written.load(i * kPagesOfHuge); }));
    return 0;
  });
  experiment.record("huge_access_flag", pass.caches, experiment.access_faults(pass), result.take());
  if (!succeeds(child)) die("a child that reads huge pages");
  experiment.provoke("huge_wp_reuse", pass,
                     [&](std::size_t i) { written.word(i * kPagesOfHuge) = i; });
  release(written);
}

}  // namespace

void provoke_huge(Experiment& experiment) {
  if (experiment.settings().huge_count == 0) return;
  for (const Pass& pass : Experiment::passes(experiment.settings().huge_count)) {
    provoke_first_touches(experiment, pass);
    provoke_after_fork(experiment, pass);
  }
}

}  // namespace faultpaths
