// SPDX-License-Identifier: Apache-2.0
// Takes the fault paths that every program takes a known number of times, one after the other,
// inside one region of interest in which nothing else faults, and compares what the kernel counted
// with what the path implies.

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: tour [--pages N] [--file-pages P]\n"
    "Takes the commonest fault paths N times each (64), and reads P pages (1024) of /data/pages "
    "in\n"
    "order, which takes one fault for each window that the kernel maps at once.\n";

/// Pages of the stack that are made present before the region begins: more than the kernel maps at
/// first (132 KiB), so that every page below makes the stack's mapping grow.
constexpr std::size_t kStackPresent = 48;

/// Stores to `count` pages, ascending.
[[gnu::noinline]] void write_pages(const Pages& pages, std::size_t count) {
  for (std::size_t page = 0; page < count; ++page) pages.word(page) = page + 1;
}

/// Loads from `count` pages, ascending; returns the sum.
[[gnu::noinline]] std::uint64_t read_pages(const Pages& pages, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t page = 0; page < count; ++page) sum += pages.word(page);
  return sum;
}

/// Stores to `count` pages, descending, as a growing stack does.
[[gnu::noinline]] void write_downwards(const Pages& pages, std::size_t count) {
  for (std::size_t page = count; page > 0; --page) pages.word(page - 1) = page;
}

/// The `count` pages that end `skip` pages below the current frame. They are used without moving
/// sp: the kernel grows a stack for any access below it.
Pages stack_pages(std::size_t skip, std::size_t count) {
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t top = (frame & ~(kPageSize - 1)) - skip * kPageSize;
  return {reinterpret_cast<std::uint8_t*>(top - count * kPageSize), count};
}

/// What the tour works on. Setting it up maps memory, but touches none of it.
struct Stage {
  Pages fresh, zero, file, file_copies, shared, stack;
};

/// What a step did.
struct Step {
  const char* what;
  std::uint64_t expected;
  std::uint64_t counted;
};
constexpr std::size_t kSteps = 8;

/// Runs one step and counts its faults.
template <typename Action>
inline void take(Step& step, Action action) {
  const std::uint64_t before = fault_count();
  action();
  step.counted = fault_count() - before;
}

/// All steps; returns the sum of the words read from the file.
[[gnu::noinline]] std::uint64_t run(const Stage& stage, Step (&steps)[kSteps], std::size_t count) {
  std::uint64_t zeros = 0;
  std::uint64_t sum = 0;
  take(steps[0], [&] { write_pages(stage.fresh, count); });
  take(steps[1], [&] { zeros = read_pages(stage.zero, count); });
  take(steps[2], [&] { write_pages(stage.zero, count); });
  take(steps[3], [&] { sum = read_pages(stage.file, stage.file.count); });
  take(steps[4], [&] { write_pages(stage.file, count); });
  take(steps[5], [&] { write_pages(stage.file_copies, count); });
  take(steps[6], [&] { write_pages(stage.shared, count); });
  take(steps[7], [&] { write_downwards(stage.stack, count); });
  return sum + zeros;
}

Stage make_stage(int fd, std::size_t count, std::size_t file_pages, const Pages& stack) {
  constexpr int kReadWrite = PROT_READ | PROT_WRITE;
  return {.fresh = map_pages(count, kReadWrite, MAP_PRIVATE),
          .zero = map_pages(count, kReadWrite, MAP_PRIVATE),
          .file = map_pages(file_pages, kReadWrite, MAP_PRIVATE, fd),
          .file_copies = map_pages(count, kReadWrite, MAP_PRIVATE, fd),
          .shared = map_pages(count, kReadWrite, MAP_SHARED),
          .stack = stack};
}

bool report(const Step (&steps)[kSteps]) {
  bool right = true;
  std::printf("%-58s %8s %8s\n", "what was done, page by page", "expected", "faults");
  for (const Step& step : steps) {
    std::printf("%-58s %8lu %8lu\n", step.what, step.expected, step.counted);
    right = right && step.expected == step.counted;
  }
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"pages", "file-pages"}, kUsage);
  constexpr std::size_t kMostPages = 1024;  // of the stack: 4 MiB of its limit of 8
  const std::size_t count = options.number("pages", 64, 1, kMostPages);
  const std::size_t file_pages = options.number("file-pages", 1024, count, 4096);
  const int fd = open_file("/data/pages");
  const std::size_t window = fault_around_pages(fd, 4096);

  const std::uint64_t windows = (file_pages + window - 1) / window;
  Step steps[kSteps] = {
      {"first write, anonymous memory: zeroed page", count, 0},
      {"first read, anonymous memory: shared zero page", count, 0},
      {"write after that read: zeroed page for the zero page", count, 0},
      {"first read, mapped file: pages around it from the cache", windows, 0},
      {"write after that read, private: copy of the page", count, 0},
      {"first write, private file: copy of the page", count, 0},
      {"first write, shared anonymous memory", count, 0},
      {"first write below the stack: it grows", count, 0},
  };

  // Everything that runs inside the region runs here once, so that its own pages are there.
  write_downwards(stack_pages(0, kStackPresent), kStackPresent);
  const Stage rehearsal = make_stage(fd, 1, 1, stack_pages(0, 1));
  run(rehearsal, steps, 1);
  const Stage stage = make_stage(fd, count, file_pages, stack_pages(kStackPresent, count));

  marker::region_begins();
  const std::uint64_t sum = run(stage, steps, count);
  marker::region_ends();

  const bool right = report(steps) && sum == file_pages * (file_pages - 1) / 2;
  std::printf("tour: %s\n", right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
