// SPDX-License-Identifier: Apache-2.0
#include "sw/programs/faultpaths/experiment.h"

namespace faultpaths {

void provoke_shared(Experiment& experiment) {
  for (const Pass& pass : experiment.passes()) {
    const Pages written = map_shared(pass.items());
    experiment.provoke("shared_write", pass, [&](std::size_t i) { written.word(i) = i; });
    const Pages read_first = map_shared(pass.items());
    experiment.provoke("shmem_read", pass, [&](std::size_t i) { read_first.load(i); });
    // Writable already, but clean.
    experiment.record("access_flag", pass.caches, experiment.access_faults(pass),
                      experiment.touch_all(pass, [&](std::size_t i) { read_first.word(i) = i; }));
    release(written);
    release(read_first);
  }
}

void provoke_forked(Experiment& experiment) {
  for (const Pass& pass : experiment.passes()) {
    const Pages pages = map_private(pass.items());
    const auto store = [&](std::size_t i) { pages.word(i) = i; };
    fill(pages);
    {
      const Sharer sharer;
      experiment.provoke("wp_copy_anon", pass, store);
    }
    { const Sharer sharer; }
    experiment.provoke("wp_reuse", pass, store);
    const Pipe result;
    const pid_t child = spawn([&] {
      result.put(experiment.touch_all(pass, [&](std::size_t i) { pages.load(i); }));
      return 0;
    });
    experiment.record("access_flag", pass.caches, experiment.access_faults(pass), result.take());
    if (!succeeds(child)) die("a child that reads pages");
    release(pages);
  }
}

}  // namespace faultpaths
