// SPDX-License-Identifier: Apache-2.0
// Checks what a program may expect of threads: std::thread, mutexes, condition variables, timeouts,
// thread-local storage, locks shared between processes, the end of a process that has threads, and
// exec from one of them.

#include <pthread.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include "sw/programs/checks.h"
#include "sw/programs/process.h"

namespace {

using namespace program;

Checks checks("threads");
const char* self = nullptr;

thread_local unsigned own_number;

void check_mutex() {
  constexpr unsigned kThreads = 8;
  constexpr unsigned kRounds = 500;
  std::mutex mutex;
  std::uint64_t sum = 0;
  std::array<bool, kThreads> kept{};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      own_number = i;
      for (unsigned round = 0; round < kRounds; ++round) {
        const std::lock_guard guard(mutex);
        const std::uint64_t before = sum;
        if (round % 50 == 0) std::this_thread::yield();
        sum = before + 1;
      }
      kept[i] = own_number == i;
    });
  }
  for (std::thread& thread : threads) thread.join();
  checks.expect(sum == kThreads * kRounds, "a mutex excludes");
  bool all = true;
  for (const bool one : kept) all = all && one;
  checks.expect(all, "threads have storage of their own");
}

void check_condition() {
  std::mutex mutex;
  std::condition_variable changed;
  unsigned turn = 0;
  constexpr unsigned kTurns = 200;
  const auto play = [&](unsigned parity) {
    for (;;) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return turn % 2 == parity || turn >= kTurns; });
      if (turn >= kTurns) return;
      ++turn;
      changed.notify_all();
    }
  };
  std::thread even(play, 0u);
  std::thread odd(play, 1u);
  even.join();
  odd.join();
  checks.expect(turn == kTurns, "condition variables wake");
  std::unique_lock lock(mutex);
  const auto before = std::chrono::steady_clock::now();
  const bool timed_out =
      changed.wait_for(lock, std::chrono::microseconds(300)) == std::cv_status::timeout;
  const auto waited = std::chrono::steady_clock::now() - before;
  checks.expect(timed_out && waited >= std::chrono::microseconds(300), "or time out");
}

void check_memory() {
  constexpr unsigned kThreads = 6;
  std::vector<std::thread> threads;
  std::atomic<unsigned> right{0};
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::vector<std::vector<unsigned>> blocks;
      for (unsigned n = 0; n < 50; ++n) blocks.emplace_back(100 + n, i * n);
      bool same = true;
      for (unsigned n = 0; n < 50; ++n) same = same && blocks[n].back() == i * n;
      if (same) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  checks.expect(right == kThreads, "threads allocate side by side");
}

/// A thread that never sleeps does not keep the others from running.
void check_spinning() {
  std::atomic<bool> seen{false};
  std::thread other([&] { seen = true; });
  while (!seen) {
  }
  other.join();
  checks.expect(seen, "nobody can keep the hart to itself");
}

volatile sig_atomic_t handled_by;
std::atomic<int> target_number;
void note_thread(int) {
  handled_by = gettid();
}

void check_signals() {
  std::signal(SIGUSR1, note_thread);
  std::atomic<bool> done{false};
  std::thread target([&] {
    target_number = gettid();
    while (!done) std::this_thread::yield();
  });
  while (target_number == 0) std::this_thread::yield();
  checks.expect(pthread_kill(target.native_handle(), SIGUSR1) == 0, "a signal to a thread");
  while (handled_by == 0) std::this_thread::yield();
  done = true;
  target.join();
  checks.expect(handled_by == target_number, "is handled by it");
}

void check_shared_lock() {
  struct Shared {
    pthread_mutex_t mutex;
    std::uint64_t count;
  };
  const Pages page = map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  auto* const shared = reinterpret_cast<Shared*>(page.base);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&shared->mutex, &attributes);
  const auto count = [&] {
    for (int i = 0; i < 200; ++i) {
      pthread_mutex_lock(&shared->mutex);
      const std::uint64_t before = shared->count;
      if (i % 20 == 0) sched_yield();
      shared->count = before + 1;
      pthread_mutex_unlock(&shared->mutex);
    }
    return 0;
  };
  const pid_t first = spawn(count);
  const pid_t second = spawn(count);
  checks.expect(succeeds(first) && succeeds(second) && shared->count == 400,
                "a lock in shared memory");
  const pid_t careless = spawn([&] { return pthread_mutex_lock(&shared->mutex); });
  checks.expect(succeeds(careless), "a process ends with the lock held");
  checks.expect(pthread_mutex_lock(&shared->mutex) == EOWNERDEAD, "which the next owner is told");
  pthread_mutex_consistent(&shared->mutex);
  checks.expect(pthread_mutex_unlock(&shared->mutex) == 0, "and can mend");
}

[[noreturn]] void sleep_for_ever() {
  for (;;) pause();
}

void check_ends() {
  const pid_t exits = spawn([]() -> int {
    std::thread(sleep_for_ever).detach();
    std::thread([] { std::_Exit(11); }).detach();
    sleep_for_ever();
  });
  int status = wait_for(exits);
  checks.expect(WIFEXITED(status) && WEXITSTATUS(status) == 11, "exit ends all threads");
  const pid_t killed = spawn([]() -> int {
    std::thread(sleep_for_ever).detach();
    kill(getpid(), SIGTERM);
    sleep_for_ever();
  });
  status = wait_for(killed);
  checks.expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "so does a signal");
  const pid_t leaderless = spawn([]() -> int {
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::microseconds(300));
      std::_Exit(12);
    }).detach();
    pthread_exit(nullptr);
  });
  status = wait_for(leaderless);
  checks.expect(WIFEXITED(status) && WEXITSTATUS(status) == 12, "the first thread may end first");
  const pid_t executes = spawn([]() -> int {
    const pid_t number = getpid();
    std::thread([number] {
      const std::string text = std::to_string(number);
      execl(self, self, text.c_str(), nullptr);
      std::_Exit(1);
    }).detach();
    sleep_for_ever();
  });
  status = wait_for(executes);
  checks.expect(WIFEXITED(status) && WEXITSTATUS(status) == 13, "any thread may call exec");
}

}  // namespace

int main(int argc, char** argv) {
  self = argv[0];
  if (argc > 1) return getpid() == std::atoi(argv[1]) && gettid() == getpid() ? 13 : 1;
  check_mutex();
  check_condition();
  check_memory();
  check_spinning();
  check_signals();
  check_shared_lock();
  check_ends();
  return checks.finish();
}
