// SPDX-License-Identifier: Apache-2.0
// A child that takes memory until the kernel kills it, beside a parent that must not notice: who is
// killed when memory is out, and that everybody else goes on with memory intact. Checks the child's
// signal, the parent's memory, and that a second, modest child then finds memory again.

#include <csignal>

#include "sw/programs/options.h"
#include "sw/programs/process.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: hog [--pages N] [--limit M]\n"
    "The parent keeps N pages (256). A child writes to one page after the other until it is "
    "killed;\n"
    "if M pages (1048576) do not suffice for that, it is a failure.\n";

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

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"pages", "limit"}, kUsage);
  const std::size_t count = options.number("pages", 256, 1, kMaxPages);
  const std::size_t limit = options.number("limit", 1u << 20, 1, kMaxPages);
  const Pages own = map_pages(count, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  fill(own);

  const int status = wait_for(spawn([&] { return take(limit); }));
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  const bool intact = is_intact(own);
  const bool goes_on = succeeds(spawn([&] { return take(count); }));
  const bool right = killed && intact && goes_on;
  std::printf("hog: child %s, parent's memory %s, next child %s: %s\n",
              killed ? "killed" : "not killed", intact ? "intact" : "damaged",
              goes_on ? "has memory" : "has none", right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
