// SPDX-License-Identifier: Apache-2.0
// Takes every fault path of the kernel a known number of times, with warm caches and with cold
// ones, and compares what the kernel counted with what was provoked: the experiment that the table
// of all latencies comes from (configs/fault-paths.yaml).

#include "sw/programs/faultpaths/experiment.h"
#include "sw/programs/options.h"

namespace {

using namespace faultpaths;

constexpr char kUsage[] =
    "usage: faultpaths [--count N] [--huge-count H] [--evict-bytes B]\n"
    "                  [--disk PATH|none] [--bad-file PATH|none] [--swap on|off]\n"
    "Takes each fault path N times (16) with warm caches and N times with cold ones, those of 2 "
    "MiB\n"
    "pages H times (4). Caches are made cold by reading B bytes (2097152). Paths that wait for "
    "the\n"
    "disk use a file of at least (N + 1) MiB (/disk/data.bin); one whose blocks cannot be read\n"
    "(none) gives errors; pages are swapped out unless told otherwise.\n";

/// The file given for `name`; null for "none".
const char* file_option(const Options& options, const char* name, const char* otherwise) {
  const char* const path = options.text(name, otherwise);
  return std::string_view(path) == "none" ? nullptr : path;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv,
                        {"count", "huge-count", "evict-bytes", "disk", "bad-file", "swap"}, kUsage);
  constexpr std::size_t kMostStack = 512;  // the stack grows twice as many pages: 4 MiB of 8
  Experiment experiment({.count = options.number("count", 16, 1, kMostStack),
                         .huge_count = options.number("huge-count", 4, 0, 1024),
                         .evict_bytes = options.number("evict-bytes", 2 << 20, kPageSize, 1 << 30),
                         .disk_file = file_option(options, "disk", "/disk/data.bin"),
                         .bad_file = file_option(options, "bad-file", "none"),
                         .swap = options.choice("swap", {"on", "off"}) == 0});

  marker::region_begins();
  provoke_anonymous(experiment);
  provoke_huge(experiment);
  provoke_file(experiment);
  provoke_disk(experiment);
  provoke_shared(experiment);
  provoke_forked(experiment);
  provoke_swap(experiment);
  provoke_errors(experiment);
  marker::region_ends();

  const bool right = experiment.report();
  std::printf("faultpaths: %s\n", right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
