// SPDX-License-Identifier: Apache-2.0
// Checks what a program may expect of signals: handlers, masks, what they are told, the alternate
// stack, interrupted system calls, SIGSEGV handlers that repair and return, SIGCHLD, SIGPIPE,
// timers and the floating-point registers across a handler.

#include <sys/time.h>
#include <ucontext.h>

#include <csetjmp>
#include <csignal>
#include <ctime>
#include <stdexcept>

#include "sw/programs/checks.h"
#include "sw/programs/process.h"

namespace {

using namespace program;

Checks checks("signals");

volatile sig_atomic_t calls;
volatile sig_atomic_t last_signal;
volatile int last_code;
void* volatile last_address;

void note(int signal, siginfo_t* info, void*) {
  calls = calls + 1;
  last_signal = signal;
  last_code = info->si_code;
  last_address = info->si_addr;
}

using Handler = void (*)(int, siginfo_t*, void*);

void handle(int signal, Handler handler, int flags = 0) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  if (sigaction(signal, &action, nullptr) != 0) die("sigaction");
  calls = 0;
}

void restore(int signal) {
  std::signal(signal, SIG_DFL);
}

sigset_t set_of(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

void check_handlers() {
  handle(SIGUSR1, note);
  checks.expect(kill(getpid(), SIGUSR1) == 0 && calls == 1 && last_code == SI_USER,
                "kill calls the handler before it returns");
  raise(SIGUSR1);
  checks.expect(calls == 2 && last_code == SI_TKILL, "raise calls it too");
  handle(SIGUSR1, note, static_cast<int>(SA_RESETHAND));
  raise(SIGUSR1);
  struct sigaction now {};
  sigaction(SIGUSR1, nullptr, &now);
  checks.expect(calls == 1 && now.sa_handler == SIG_DFL, "SA_RESETHAND");
  checks.expect(sigaction(SIGKILL, &now, nullptr) == -1 && errno == EINVAL,
                "SIGKILL cannot be caught");
  checks.expect(kill(getpid(), 0) == 0 && kill(30'000, 0) == -1 && errno == ESRCH, "signal 0 asks");
  const pid_t child = spawn([] {
    raise(SIGUSR1);
    return 0;
  });
  const int status = wait_for(child);
  checks.expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1, "the default ends a process");
}

void check_masks() {
  handle(SIGUSR1, note);
  const sigset_t set = set_of(SIGUSR1);
  sigset_t old;
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1);
  raise(SIGUSR1);
  sigset_t pending;
  sigpending(&pending);
  checks.expect(calls == 0 && sigismember(&pending, SIGUSR1) == 1, "a blocked signal waits");
  sigprocmask(SIG_SETMASK, &old, nullptr);
  checks.expect(calls == 1, "and is delivered once when it is unblocked");

  const int real_time = SIGRTMIN;
  handle(real_time, note);
  const sigset_t real_time_set = set_of(real_time);
  sigprocmask(SIG_BLOCK, &real_time_set, nullptr);
  for (int i = 0; i < 3; ++i) raise(real_time);
  sigprocmask(SIG_UNBLOCK, &real_time_set, nullptr);
  checks.expect(calls == 3, "real-time signals are queued");
  sigval value{};
  sigprocmask(SIG_BLOCK, &real_time_set, nullptr);
  int queued = 0;
  while (queued < 100'000 && sigqueue(getpid(), real_time, value) == 0) ++queued;
  checks.expect(queued < 100'000 && errno == EAGAIN, "but not without end");
  sigprocmask(SIG_UNBLOCK, &real_time_set, nullptr);
  checks.expect(calls == 3 + queued, "and all that were queued arrive");

  sigprocmask(SIG_BLOCK, &set, nullptr);
  value.sival_int = 77;
  sigqueue(getpid(), SIGUSR1, value);
  siginfo_t info{};
  checks.expect(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_value.sival_int == 77,
                "sigwaitinfo takes it with its value");
  const timespec span{0, 100'000};
  checks.expect(sigtimedwait(&set, &info, &span) == -1 && errno == EAGAIN, "sigtimedwait ends");
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  restore(SIGUSR1);
  restore(real_time);

  sigprocmask(SIG_BLOCK, &set, nullptr);
  const pid_t parent = getpid();
  const pid_t sender = spawn([&] {
    const timespec moment{0, 300'000};
    nanosleep(&moment, nullptr);
    return kill(parent, SIGUSR1);
  });
  checks.expect(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_pid == sender,
                "a signal that is waited for does not end the process");
  checks.expect(succeeds(sender), "its sender ends");
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

int depth;
int deepest;
void nest(int signal, siginfo_t*, void*) {
  deepest = ++depth > deepest ? depth : deepest;
  calls = calls + 1;
  if (calls < 3) raise(signal);
  --depth;
}

void check_nesting() {
  handle(SIGUSR1, nest);
  raise(SIGUSR1);
  checks.expect(calls == 3 && deepest == 1, "a handler is not interrupted by its own signal");
  deepest = 0;
  handle(SIGUSR1, nest, SA_NODEFER);
  raise(SIGUSR1);
  checks.expect(calls == 3 && deepest == 3, "but with SA_NODEFER it is");
  restore(SIGUSR1);
}

Pages guarded;

/// Opens the page and lets the instruction run again.
void repair(int, siginfo_t* info, void*) {
  calls = calls + 1;
  last_code = info->si_code;
  last_address = info->si_addr;
  const auto page = reinterpret_cast<std::uintptr_t>(info->si_addr) & ~(kPageSize - 1);
  mprotect(reinterpret_cast<void*>(page), kPageSize, PROT_READ | PROT_WRITE);
}

void check_repair() {
  guarded = map_pages(8, PROT_NONE, MAP_PRIVATE);
  handle(SIGSEGV, repair);
  volatile std::uint64_t& word = guarded.word(3);
  word = 42;
  checks.expect(word == 42 && calls == 1, "a handler repairs a store");
  checks.expect(last_code == SEGV_ACCERR && last_address == &word, "it is told where and why");
  mprotect(guarded.base, kPageSize, PROT_READ);
  volatile double real = 2.5;
  guarded.load(0);
  guarded.word(0) = 1;
  checks.expect(calls == 2 && real * 2 == 5.0, "a write to a read-only page");
  restore(SIGSEGV);
}

sigjmp_buf escape;
void jump(int signal, siginfo_t* info, void*) {
  last_signal = signal;
  last_code = info->si_code;
  last_address = info->si_addr;
  siglongjmp(escape, 1);
}

void check_fault_codes() {
  handle(SIGSEGV, jump);
  auto* const nothing = reinterpret_cast<volatile int*>(std::uintptr_t{0x2000000000});
  if (sigsetjmp(escape, 1) == 0) *nothing = 1;
  checks.expect(last_code == SEGV_MAPERR && last_address == nothing, "SEGV_MAPERR");
  handle(SIGBUS, jump);
  const int fd = open_file("/data/pages");
  const auto size = static_cast<std::size_t>(lseek(fd, 0, SEEK_END));
  const std::size_t pages = size / kPageSize;
  const Pages file = map_pages(pages + 1, PROT_READ, MAP_PRIVATE, fd);
  last_code = 0;
  if (sigsetjmp(escape, 1) == 0) file.load(pages);
  checks.expect(last_signal == SIGBUS && last_code == BUS_ADRERR &&
                    last_address == file.base + pages * kPageSize,
                "SIGBUS beyond the end of a file");
  handle(SIGILL, jump);
  last_signal = 0;
  if (sigsetjmp(escape, 1) == 0) asm volatile(".half 0");
  checks.expect(last_signal == SIGILL, "SIGILL");
  close(fd);
  restore(SIGSEGV);
  restore(SIGBUS);
  restore(SIGILL);
}

alignas(16) std::uint8_t alternate[32 * 1024];
bool on_alternate;
void where(int, siginfo_t*, void*) {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const auto base = reinterpret_cast<std::uintptr_t>(alternate);
  on_alternate = here >= base && here < base + sizeof(alternate);
  stack_t now{};
  sigaltstack(nullptr, &now);
  on_alternate = on_alternate && (now.ss_flags & SS_ONSTACK) != 0;
}
int deeper(int n) {
  volatile char room[1024];
  room[0] = static_cast<char>(n);
  return n == 0 ? room[0] : deeper(n + 1) + room[0];
}

void check_alternate_stack() {
  const stack_t stack{.ss_sp = alternate, .ss_flags = 0, .ss_size = sizeof(alternate)};
  checks.expect(sigaltstack(&stack, nullptr) == 0, "an alternate stack");
  handle(SIGUSR1, where, SA_ONSTACK);
  raise(SIGUSR1);
  checks.expect(on_alternate, "handlers run on it");
  const pid_t child = spawn([] {
    handle(
        SIGSEGV, [](int, siginfo_t*, void*) { _exit(5); }, SA_ONSTACK);
    return deeper(1);
  });
  const int status = wait_for(child);
  checks.expect(WIFEXITED(status) && WEXITSTATUS(status) == 5, "even if the stack has overflowed");
  const pid_t stackless = spawn([] {
    handle(SIGSEGV, note);
    return deeper(1);
  });
  const int killed = wait_for(stackless);
  checks.expect(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGSEGV,
                "without one there is no place for the frame");
  restore(SIGUSR1);
}

void check_interrupted_calls() {
  handle(SIGUSR1, note);
  Pipe pipe;
  int ends[2];
  if (::pipe(ends) != 0) die("pipe");
  const pid_t parent = getpid();
  const auto interrupt = [&] {
    return spawn([&] {
      const timespec moment{0, 500'000};
      nanosleep(&moment, nullptr);
      kill(parent, SIGUSR1);
      nanosleep(&moment, nullptr);
      return write(ends[1], "x", 1) == 1 ? 0 : 1;
    });
  };
  char c = 0;
  pid_t child = interrupt();
  checks.expect(read(ends[0], &c, 1) == -1 && errno == EINTR && calls == 1, "EINTR");
  checks.expect(read(ends[0], &c, 1) == 1 && succeeds(child), "and then the byte");
  handle(SIGUSR1, note, SA_RESTART);
  child = interrupt();
  checks.expect(read(ends[0], &c, 1) == 1 && calls == 1, "SA_RESTART");
  checks.expect(succeeds(child), "the writer ends");
  handle(SIGUSR1, note);
  child = interrupt();
  const timespec long_time{5, 0};
  timespec left{};
  checks.expect(nanosleep(&long_time, &left) == -1 && errno == EINTR && left.tv_sec == 4,
                "an interrupted sleep tells what is left");
  checks.expect(succeeds(child) && read(ends[0], &c, 1) == 1, "its byte");
  restore(SIGUSR1);
}

void check_suspend() {
  handle(SIGUSR1, note);
  const sigset_t set = set_of(SIGUSR1);
  sigset_t old;
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1);
  checks.expect(sigsuspend(&old) == -1 && errno == EINTR && calls == 1, "sigsuspend");
  sigset_t now;
  sigprocmask(SIG_SETMASK, &old, &now);
  checks.expect(sigismember(&now, SIGUSR1) == 1, "puts the mask back");
  restore(SIGUSR1);
}

void check_children_and_pipes() {
  handle(SIGCHLD, note);
  const pid_t child = spawn([] { return 9; });
  while (calls == 0) pause();
  checks.expect(last_code == CLD_EXITED, "SIGCHLD");
  checks.expect(WEXITSTATUS(wait_for(child)) == 9, "and the child waits to be asked");
  restore(SIGCHLD);
  std::signal(SIGCHLD, SIG_IGN);
  const pid_t ignored = spawn([] { return 0; });
  int status = 0;
  checks.expect(waitpid(ignored, &status, 0) == -1 && errno == ECHILD,
                "whoever ignores SIGCHLD has no zombies");
  restore(SIGCHLD);

  int ends[2];
  if (pipe(ends) != 0) die("pipe");
  close(ends[0]);
  handle(SIGPIPE, note);
  checks.expect(write(ends[1], "x", 1) == -1 && errno == EPIPE && calls == 1, "SIGPIPE");
  close(ends[1]);
  restore(SIGPIPE);
}

volatile double handler_result;
void calculate(int, siginfo_t*, void*) {
  double x = 1.25;
  for (int i = 0; i < 10; ++i) x = x * 1.5 + static_cast<double>(calls);
  handler_result = x;
  calls = calls + 1;
}

void check_timer_and_registers() {
  handle(SIGALRM, calculate);
  const itimerval often{.it_interval = {0, 200}, .it_value = {0, 200}};
  setitimer(ITIMER_REAL, &often, nullptr);
  double sum = 0;
  std::uint64_t terms = 0;
  while (calls < 5) {
    sum += 0.5;
    ++terms;
  }
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  checks.expect(sum == 0.5 * static_cast<double>(terms),
                "floating-point registers survive a handler");
  restore(SIGALRM);
}

void change_registers(int, siginfo_t*, void* context) {
  auto* const user = static_cast<ucontext_t*>(context);
  user->uc_mcontext.__gregs[REG_PC] += 4;
  user->uc_mcontext.__gregs[REG_A0] = 1234;
}

void check_context() {
  handle(SIGSEGV, change_registers);
  register std::uint64_t result asm("a0") = 0;
  asm volatile(".option push\n.option norvc\nld %0, 0(zero)\n.option pop" : "+r"(result));
  const std::uint64_t seen = result;
  checks.expect(seen == 1234, "a handler may change the registers");
  restore(SIGSEGV);
}

void throw_from_handler(int, siginfo_t*, void*) {
  throw std::runtime_error("from a handler");
}

[[gnu::noinline]] void store_to(volatile int* place) {
  *place = 1;
}

/// Built with -fnon-call-exceptions: an exception passes through the frame of the signal.
void check_exception() {
  handle(SIGSEGV, throw_from_handler, SA_NODEFER);
  bool caught = false;
  try {
    store_to(reinterpret_cast<volatile int*>(std::uintptr_t{0x2000000000}));
  } catch (const std::runtime_error&) {
    caught = true;
  }
  checks.expect(caught, "an exception leaves a handler");
  restore(SIGSEGV);
}

}  // namespace

int main() {
  check_handlers();
  check_masks();
  check_nesting();
  check_repair();
  check_fault_codes();
  check_alternate_stack();
  check_interrupted_calls();
  check_suspend();
  check_children_and_pipes();
  check_timer_and_registers();
  check_context();
  check_exception();
  return checks.finish();
}
