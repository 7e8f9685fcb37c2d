// SPDX-License-Identifier: Apache-2.0
// A server that forks its workers after it has loaded its data, so that all of them share it:
// requests make workers write to a part of the table, and each such first write copies a page
// (COW), as does the parent's own writing between requests. What fork is measured by, and what
// snapshots, pre-forking servers and test runners live on. Requests and answers go through pipes,
// one at a time. Checks that each process sees its own writes and nobody else's.

#include <vector>

#include "sw/programs/marker.h"
#include "sw/programs/options.h"
#include "sw/programs/process.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: forkserver [--pages N] [--workers W] [--requests R] [--writes K]\n"
    "Fills a table of N pages (256), forks W workers (4), and sends them R requests (16) in turn;\n"
    "each request writes to K random pages (32) of the worker's copy, and the parent writes to "
    "one\n"
    "of its own. The region of interest is from the first fork to the end of the last worker.\n";

constexpr std::uint64_t kNoMoreRequests = 0;

struct Sizes {
  std::size_t pages, workers, requests, writes;
};

/// Exclusive or of the first words of all pages.
std::uint64_t signature(const Pages& table) {
  std::uint64_t sum = 0;
  for (std::size_t page = 0; page < table.count; ++page) sum ^= table.word(page);
  return sum;
}

/// Writes what request `number` asks for.
void serve(const Pages& table, std::uint64_t number, std::size_t writes) {
  Random random(number);
  for (std::size_t i = 0; i < writes; ++i) {
    const std::uint64_t value = random.next();
    volatile std::uint64_t& word = table.word(value % table.count);
    word = word ^ value;
  }
}

/// By how much request `number` changes the signature.
std::uint64_t change_by(std::uint64_t number, std::size_t writes) {
  Random random(number);
  std::uint64_t change = 0;
  for (std::size_t i = 0; i < writes; ++i) change ^= random.next();
  return change;
}

/// A worker as the parent sees it.
struct Worker {
  Pipe requests;
  Pipe answers;
  pid_t process = 0;
  std::uint64_t signature = 0;  ///< that its copy of the table must have
};

int work(const Pages& table, const Worker& worker, std::size_t writes) {
  worker.answers.put(0);
  while (const std::uint64_t number = worker.requests.take()) {
    serve(table, number, writes);
    worker.answers.put(signature(table));
  }
  return 0;
}

/// Serves all requests; returns the number of wrong answers and failed workers.
std::size_t run(const Pages& table, std::vector<Worker>& workers, const Sizes& sizes) {
  std::uint64_t own = signature(table);
  std::size_t wrong = 0;
  for (Worker& worker : workers) {
    worker.signature = own;
    worker.process = spawn([&] { return work(table, worker, sizes.writes); });
    static_cast<void>(worker.answers.take());  // it is ready
  }
  for (std::uint64_t number = 1; number <= sizes.requests; ++number) {
    Worker& worker = workers[number % workers.size()];
    worker.requests.put(number);
    worker.signature ^= change_by(number, sizes.writes);
    if (worker.answers.take() != worker.signature) ++wrong;
    serve(table, sizes.requests + number, 1);
    own ^= change_by(sizes.requests + number, 1);
  }
  for (Worker& worker : workers) {
    worker.requests.put(kNoMoreRequests);
    if (!succeeds(worker.process)) ++wrong;
  }
  return wrong + (signature(table) != own ? 1 : 0);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"pages", "workers", "requests", "writes"}, kUsage);
  const Sizes sizes{.pages = options.number("pages", 256, 1, kMaxPages),
                    .workers = options.number("workers", 4, 1, 12),
                    .requests = options.number("requests", 16, 0, 1u << 30),
                    .writes = options.number("writes", 32, 1, 1u << 30)};
  const Pages table = map_pages(sizes.pages, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  for (std::size_t page = 0; page < table.count; ++page) table.word(page) = page;
  std::vector<Worker> workers(sizes.workers);

  marker::region_begins();
  const std::size_t wrong = run(table, workers, sizes);
  marker::region_ends();

  std::printf("forkserver: %zu pages, %zu workers, %zu requests, %zu wrong: %s\n", sizes.pages,
              sizes.workers, sizes.requests, wrong, wrong == 0 ? "passed" : "FAILED");
  return wrong == 0 ? 0 : 1;
}
