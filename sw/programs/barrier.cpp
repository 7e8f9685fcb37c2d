// SPDX-License-Identifier: Apache-2.0
// The write barrier of a garbage collector that has none in its code: the heap is made read-only at
// the start of each cycle, the first write to a page ends in a SIGSEGV handler that notes the page
// and makes it writable, and the write is made again. Signal delivery, mprotect with its splitting
// and merging of areas, and faults on present pages, all in one. Checks that exactly the pages
// written to were noted, and what is in them.

#include <csignal>
#include <vector>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: barrier [--pages N] [--cycles C] [--writes W] [--seed S]\n"
    "C times (4) makes a heap of N pages (256) read-only and then writes W random words (512) of "
    "it.\n"
    "The region of interest is all cycles; the heap is filled before.\n";

constexpr std::size_t kWordsOfPage = kPageSize / sizeof(std::uint64_t);

// The handler's: what it needs must be there before the signal.
Pages heap;
std::vector<std::uint8_t> noted;  ///< a flag for each page
volatile std::sig_atomic_t handled = 0;

void note_write(int /*signal*/, siginfo_t* info, void* /*context*/) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const std::size_t page = (address - reinterpret_cast<std::uintptr_t>(heap.base)) / kPageSize;
  if (info->si_code != SEGV_ACCERR || page >= heap.count || noted[page] != 0) _exit(1);
  noted[page] = 1;
  handled = handled + 1;
  if (mprotect(heap.base + page * kPageSize, kPageSize, PROT_READ | PROT_WRITE) != 0) _exit(1);
}

void install_handler() {
  struct sigaction action {};
  action.sa_sigaction = note_write;
  action.sa_flags = SA_SIGINFO;
  if (sigaction(SIGSEGV, &action, nullptr) != 0) die("sigaction");
}

std::uint64_t& word_of_heap(std::size_t index) {
  return reinterpret_cast<std::uint64_t*>(heap.base)[index];
}

/// Adds 1 to `writes` words, chosen by the cycle's random numbers.
[[gnu::noinline]] void mutate(std::size_t writes, Random random) {
  for (std::size_t i = 0; i < writes; ++i) {
    word_of_heap(random.next() % (heap.count * kWordsOfPage)) += 1;
  }
}

/// Pages that the same random numbers choose.
std::vector<std::uint8_t> pages_written(std::size_t writes, Random random) {
  std::vector<std::uint8_t> written(heap.count);
  for (std::size_t i = 0; i < writes; ++i) {
    written[random.next() % (heap.count * kWordsOfPage) / kWordsOfPage] = 1;
  }
  return written;
}

/// One cycle of the collector; whether the pages it noted are those that were written to.
bool run_cycle(std::size_t writes, std::uint64_t seed) {
  for (std::uint8_t& flag : noted) flag = 0;
  if (mprotect(heap.base, heap.count * kPageSize, PROT_READ) != 0) die("mprotect");
  mutate(writes, Random(seed));
  return noted == pages_written(writes, Random(seed));
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"pages", "cycles", "writes", "seed"}, kUsage);
  const std::size_t pages = options.number("pages", 256, 1, kMaxPages);
  const std::size_t cycles = options.number("cycles", 4, 1, 1u << 20);
  const std::size_t writes = options.number("writes", 512, 1, 1u << 30);
  const std::uint64_t seed = options.number("seed", 1, 0, ~std::uint64_t{0} - cycles);
  heap = map_pages(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  noted.resize(pages);
  for (std::size_t page = 0; page < pages; ++page) heap.word(page) = 0;
  install_handler();
  bool right = true;

  marker::region_begins();
  for (std::size_t cycle = 0; cycle < cycles; ++cycle) right &= run_cycle(writes, seed + cycle);
  marker::region_ends();

  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < pages * kWordsOfPage; ++i) sum += word_of_heap(i);
  right &= sum == cycles * writes;
  std::printf("barrier: %zu pages, %zu cycles, %d pages noted: %s\n", pages, cycles,
              static_cast<int>(handled), right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
