// SPDX-License-Identifier: Apache-2.0
// A child that takes memory until the kernel kills it, beside a parent that must not notice: who is
// killed when memory is out, and that everybody else goes on with memory intact. Checks the child's
// signal, the parent's memory, and that a second, modest child then finds memory again.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "sw/programs/options.h"
#include "sw/programs/process.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: hog [--pages N] [--limit M] [--by store|read]\n"
    "The parent keeps N pages (256). A child writes to one page after the other until it is "
    "killed;\n"
    "if M pages (1048576) do not suffice for that, it is a failure. With --by read, the kernel\n"
    "writes to them, on behalf of read(2).\n";

void fill(const Pages& pages) {
  for (std::size_t page = 0; page < pages.count; ++page) pages.word(page) = page + 1;
}

bool is_intact(const Pages& pages) {
  for (std::size_t page = 0; page < pages.count; ++page) {
    if (pages.word(page) != page + 1) return false;
  }
  return true;
}

/// Takes `count` pages; the status of a child that has got all of them.
int take(std::size_t count) {
  const Pages pages = map_pages(count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
  fill(pages);
  return is_intact(pages) ? 0 : 1;
}

/// Takes `count` pages that read(2) writes to; the status of a child that has got all of them.
int take_by_read(std::size_t count) {
  const Pages pages = map_pages(count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
  const int zeros = open("/dev/zero", O_RDONLY);
  for (std::size_t page = 0; page < count; ++page) {
    void* const to = const_cast<std::uint64_t*>(&pages.word(page));
    if (read(zeros, to, sizeof(std::uint64_t)) < 0) return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"pages", "limit", "by"}, kUsage);
  const std::size_t count = options.number("pages", 256, 1, kMaxPages);
  const std::size_t limit = options.number("limit", 1u << 20, 1, kMaxPages);
  const bool by_read = options.choice("by", {"store", "read"}) == 1;
  const Pages own = map_pages(count, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  fill(own);

  const int status = wait_for(spawn([&] { return by_read ? take_by_read(limit) : take(limit); }));
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  const bool intact = is_intact(own);
  const bool goes_on = succeeds(spawn([&] { return take(count); }));
  const bool right = killed && intact && goes_on;
  std::printf("hog: child %s, parent's memory %s, next child %s: %s\n",
              killed ? "killed" : "not killed", intact ? "intact" : "damaged",
              goes_on ? "has memory" : "has none", right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
