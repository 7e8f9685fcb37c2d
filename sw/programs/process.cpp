// SPDX-License-Identifier: Apache-2.0
// Checks what a program may expect of processes: fork, vfork, posix_spawn, exec and its errors,
// wait, orphans, process groups, limits, counters of faults and sleeping. Run it without arguments;
// it runs itself with some.

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "sw/programs/checks.h"
#include "sw/programs/process.h"

extern char** environ;

namespace {

using namespace program;

Checks checks("process");
const char* self = nullptr;

int exit_status_of(pid_t child) {
  const int status = wait_for(child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void check_fork() {
  static volatile int shared_value = 1;
  volatile double real = 1.5;
  Pipe to_parent;
  const pid_t parent = getpid();
  const pid_t child = spawn([&] {
    const bool alike = shared_value == 1 && real == 1.5 && getppid() == parent;
    shared_value = 2;
    real = real * 2;
    to_parent.put(static_cast<std::uint64_t>(getpid()));
    return alike && real == 3.0 ? 7 : 1;
  });
  checks.expect(to_parent.take() == static_cast<std::uint64_t>(child),
                "the child knows its number");
  checks.expect(exit_status_of(child) == 7, "the child is a copy and ends with its status");
  checks.expect(shared_value == 1 && real == 1.5, "the child's writes are its own");
  checks.expect(waitpid(child, nullptr, 0) == -1 && errno == ECHILD, "a child is reaped once");
}

void check_wait() {
  Pipe go;
  const pid_t child = spawn([&] { return static_cast<int>(go.take()); });
  checks.expect(waitpid(-1, nullptr, WNOHANG) == 0, "WNOHANG finds no ended child");
  go.put(3);
  siginfo_t info{};
  checks.expect(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0 &&
                    info.si_pid == child && info.si_code == CLD_EXITED && info.si_status == 3,
                "waitid tells of the child and leaves it");
  checks.expect(exit_status_of(child) == 3, "the child is still there");
  const pid_t killed = spawn([] {
    pause();
    return 0;
  });
  checks.expect(kill(killed, SIGKILL) == 0, "a child can be killed");
  const int status = wait_for(killed);
  checks.expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "and its status says so");
  const pid_t aborted = spawn([]() -> int { std::abort(); });
  const int abort_status = wait_for(aborted);
  checks.expect(WIFSIGNALED(abort_status) && WTERMSIG(abort_status) == SIGABRT, "abort");
}

void check_many() {
  constexpr unsigned kChildren = 24;
  const Pages pages = map_pages(4, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  Pipe go;
  std::vector<pid_t> children;
  for (unsigned i = 0; i < kChildren; ++i) {
    pages.word(0) = i;
    children.push_back(spawn([&, i] {
      for (std::size_t page = 1; page < pages.count; ++page) pages.word(page) = i * page;
      static_cast<void>(go.take());
      bool same = pages.word(0) == i;
      for (std::size_t page = 1; page < pages.count; ++page) {
        same = same && pages.word(page) == i * page;
      }
      return same ? 0 : 1;
    }));
  }
  for (unsigned i = 0; i < kChildren; ++i) go.put(i);
  bool all = true;
  for (const pid_t child : children) all = succeeds(child) && all;
  checks.expect(all, "many processes at once keep their memory apart");
}

void check_orphan() {
  Pipe orphaned;
  Pipe parents;
  const pid_t child = spawn([&] {
    spawn([&] {
      static_cast<void>(orphaned.take());
      parents.put(static_cast<std::uint64_t>(getppid()));
      return 0;
    });
    return 0;
  });
  checks.expect(exit_status_of(child) == 0, "a process may end before its child");
  orphaned.put(0);
  checks.expect(parents.take() == 1, "whose parent is the first process then");
}

/// Runs this program again; its exit status, or -1.
int run(const std::vector<const char*>& arguments, char* const* environment) {
  std::vector<char*> words;
  for (const char* const word : arguments) words.push_back(const_cast<char*>(word));
  words.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, self, nullptr, nullptr, words.data(), environment) != 0) return -1;
  return exit_status_of(child);
}

void check_clone_of_the_first() {
  if (getpid() != 1) return;
  const long made = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (made == 0) _exit(0);
  checks.expect(made == -1 && errno == EINVAL, "the first process has no siblings");
}

void check_exec() {
  const int kept = open(self, O_RDONLY);
  const int closed = open(self, O_RDONLY | O_CLOEXEC);
  const std::string kept_text = std::to_string(kept);
  const std::string closed_text = std::to_string(closed);
  const std::string variable = "VALUE=of the child";
  char* environment[] = {const_cast<char*>(variable.c_str()), nullptr};
  checks.expect(run({self, "files", kept_text.c_str(), closed_text.c_str()}, environ) == 0,
                "O_CLOEXEC closes a file and nothing else does");
  close(kept);
  close(closed);
  checks.expect(run({self, "words", "two words", "", "last"}, environment) == 0,
                "arguments and environment arrive");
  const std::string long_word(100'000, 'x');
  checks.expect(run({self, "long", long_word.c_str()}, environ) == 0, "a long argument arrives");
  const pid_t spawned = vfork();
  if (spawned == 0) {
    execl(self, self, "status", nullptr);
    _exit(1);
  }
  checks.expect(exit_status_of(spawned) == 42, "vfork and exec");
}

void check_exec_errors() {
  char* const arguments[] = {const_cast<char*>("x"), nullptr};
  const auto error_of = [&](const char* path) { return execv(path, arguments) == -1 ? errno : 0; };
  checks.expect(error_of("/nowhere") == ENOENT, "ENOENT");
  checks.expect(error_of("/bin") == EACCES, "EACCES of a directory");
  checks.expect(error_of("/data/pages") == EACCES, "EACCES of a file without permission");
  const std::string too_long(200'000, 'x');
  char* const long_arguments[] = {const_cast<char*>(too_long.c_str()), nullptr};
  checks.expect(execv(self, long_arguments) == -1 && errno == E2BIG, "E2BIG of one string");
  const std::string big(100'000, 'x');
  std::vector<char*> many(40, const_cast<char*>(big.c_str()));
  many.push_back(nullptr);
  checks.expect(execv(self, many.data()) == -1 && errno == E2BIG, "E2BIG of all strings");
  checks.expect(syscall(SYS_execve, self, 1, nullptr) == -1 && errno == EFAULT, "EFAULT");
  const int script = open("/tmp.txt", O_WRONLY | O_CREAT, 0755);
  checks.expect(write(script, "hello", 5) == 5 && close(script) == 0, "a file can be made");
  checks.expect(error_of("/tmp.txt") == ENOEXEC, "ENOEXEC");
  unlink("/tmp.txt");
}

void check_groups() {
  const pid_t child = spawn([] {
    const bool led = setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid();
    return led && setsid() == -1 && errno == EPERM ? 0 : 1;
  });
  checks.expect(succeeds(child), "a process may lead a session of its own");
  const pid_t member = spawn([] {
    pause();
    return 0;
  });
  checks.expect(setpgid(member, member) == 0 && getpgid(member) == member, "setpgid");
  checks.expect(waitpid(-member, nullptr, WNOHANG) == 0, "wait for a group");
  checks.expect(kill(-member, SIGTERM) == 0, "a signal to a group");
  const int status = wait_for(member);
  checks.expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "reaches its members");
}

void check_usage() {
  constexpr std::size_t kTouched = 50;
  Pipe counted;
  const pid_t child = spawn([&] {
    const Pages pages = map_pages(kTouched, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    const std::uint64_t before = fault_count();
    for (std::size_t page = 0; page < pages.count; ++page) pages.word(page) = page;
    counted.put(fault_count() - before);
    return 0;
  });
  checks.expect(counted.take() == kTouched, "faults are counted one by one");
  rusage usage{};
  int status = 0;
  checks.expect(wait4(child, &status, 0, &usage) == child, "wait4");
  checks.expect(usage.ru_minflt >= static_cast<long>(kTouched) && usage.ru_majflt == 0,
                "the child's faults are told to the parent");
  checks.expect(usage.ru_maxrss * 1024 >= static_cast<long>(kTouched * kPageSize),
                "and its largest size");
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  checks.expect(children.ru_minflt >= usage.ru_minflt, "and added up");
  tms times_now{};
  checks.expect(times(&times_now) != static_cast<clock_t>(-1), "times");
}

void check_limits() {
  rlimit limit{};
  checks.expect(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == 8u << 20,
                "the stack may grow to 8 MiB");
  const pid_t child = spawn([] {
    constexpr std::size_t kMany = std::size_t{1} << 30;
    const rlimit little{kMany, kMany};
    if (setrlimit(RLIMIT_AS, &little) != 0) return 1;
    void* const at = mmap(nullptr, 2 * kMany, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED && errno == ENOMEM ? 0 : 1;
  });
  checks.expect(succeeds(child), "RLIMIT_AS is kept");
  const pid_t opener = spawn([] {
    const rlimit few{5, 5};
    if (setrlimit(RLIMIT_NOFILE, &few) != 0) return 1;
    const bool filled = dup(0) == 3 && dup(0) == 4;
    return filled && dup(0) == -1 && errno == EMFILE ? 0 : 1;
  });
  checks.expect(succeeds(opener), "RLIMIT_NOFILE is kept");
}

void check_sleep() {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000L + time.tv_nsec;
  };
  constexpr long kSpan = 200'000;
  const long before = now();
  const timespec span{0, kSpan};
  checks.expect(nanosleep(&span, nullptr) == 0 && now() - before >= kSpan, "nanosleep sleeps");
  const long end = now() + kSpan;
  const timespec until{end / 1'000'000'000, end % 1'000'000'000};
  checks.expect(
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == 0 && now() >= end,
      "clock_nanosleep until a time");
  const timespec wrong{0, 1'000'000'000};
  checks.expect(nanosleep(&wrong, nullptr) == -1 && errno == EINVAL, "EINVAL");
  Pipe order;
  Pipe wake_up_times[2];
  const auto sleeper = [&](std::uint64_t number) {
    return spawn([&, number] {
      const std::uint64_t time = wake_up_times[number].take();
      const timespec wake_up{static_cast<time_t>(time / 1'000'000'000),
                             static_cast<long>(time % 1'000'000'000)};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake_up, nullptr);
      order.put(number);
      return 0;
    });
  };
  const pid_t slow = sleeper(0);
  const pid_t fast = sleeper(1);
  const auto start = static_cast<std::uint64_t>(now());
  wake_up_times[0].put(start + 500 * kSpan);
  wake_up_times[1].put(start + 250 * kSpan);
  checks.expect(order.take() == 1 && order.take() == 0, "the shorter sleep ends first");
  checks.expect(succeeds(slow) && succeeds(fast), "both end");
}

/// Two processes that never sleep: both must get the hart. The shared page tells.
void check_preemption() {
  const Pages shared = map_pages(1, PROT_READ | PROT_WRITE, MAP_SHARED);
  volatile std::uint64_t& turn = shared.word(0);
  const pid_t child = spawn([&] {
    while (turn != 1) {
    }
    turn = 2;
    return 0;
  });
  turn = 1;
  while (turn != 2) {
  }
  checks.expect(succeeds(child), "nobody can keep the hart to itself");
}

/// What this program does when it runs itself; its exit status.
int run_mode(int argc, char** argv) {
  const std::string_view mode(argv[1]);
  if (mode == "status") return 42;
  if (mode == "files") {
    const bool kept = fcntl(std::atoi(argv[2]), F_GETFD) == 0;
    const bool closed = fcntl(std::atoi(argv[3]), F_GETFD) == -1 && errno == EBADF;
    return kept && closed ? 0 : 1;
  }
  if (mode == "words") {
    const char* const value = std::getenv("VALUE");
    const bool arrived = argc == 5 && std::strcmp(argv[2], "two words") == 0 && *argv[3] == '\0' &&
                         std::strcmp(argv[4], "last") == 0;
    return arrived && value != nullptr && std::strcmp(value, "of the child") == 0 ? 0 : 1;
  }
  return argc == 3 && std::strlen(argv[2]) == 100'000 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  self = argv[0];
  if (argc > 1) return run_mode(argc, argv);
  check_fork();
  check_wait();
  check_many();
  check_orphan();
  check_clone_of_the_first();
  check_exec();
  check_exec_errors();
  check_groups();
  check_usage();
  check_limits();
  check_sleep();
  check_preemption();
  return checks.finish();
}
