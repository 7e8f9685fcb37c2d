// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/signal.h"

#include "sw/kernel/errno.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/exit.h"
#include "sw/kernel/proc/sched.h"

namespace {

/// A signal that waits to be delivered, with what is known of it.
struct sigqueue {
  list_head list;
  siginfo info;
};
kmem_cache sigqueue_cachep{};

constexpr sigset_t kIgnoredByDefault =
    sigmask(SIGCHLD) | sigmask(SIGCONT) | sigmask(SIGURG) | sigmask(SIGWINCH);
constexpr sigset_t kStopping =
    sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU);
/// Raised by an instruction: delivered before all others, so that the frame's pc is the
/// instruction's.
constexpr sigset_t kSynchronous = sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGILL) |
                                  sigmask(SIGTRAP) | sigmask(SIGFPE) | sigmask(SIGSYS);

sigqueue& queued(list_head* node) {
  return *list_entry<sigqueue, offsetof(sigqueue, list)>(node);
}

k_sigaction& action_of(const task_struct& task, int signal) {
  return task.sighand->action[signal - 1];
}

bool is_ignored(const task_struct& task, int signal) {
  // A blocked signal is kept: a handler may be there by the time it is unblocked.
  if (((task.blocked | task.real_blocked) & sigmask(signal)) != 0) return false;
  const std::uintptr_t handler = action_of(task, signal).sa_handler;
  return handler == SIG_IGN || (handler == SIG_DFL && sig_ignored_by_default(signal));
}

/// Whether the signal ends the process if it is delivered.
bool is_fatal(const task_struct& task, int signal) {
  if ((task.real_blocked & sigmask(signal)) != 0) return false;
  return action_of(task, signal).sa_handler == SIG_DFL && !sig_ignored_by_default(signal);
}

void signal_wake_up(task_struct& task, bool kills) {
  task.work |= TIF_SIGPENDING;
  const unsigned killable = kills ? TASK_KILLABLE : 0u;
  wake_up_state(task, TASK_INTERRUPTIBLE | killable);
}

void enqueue(sigpending& pending, const siginfo& info) {
  // Timers send from interrupt handlers, which must not sleep for memory.
  auto* const q = queue_is_full(pending, info.si_signo)
                      ? nullptr
                      : static_cast<sigqueue*>(kmem_cache_alloc(sigqueue_cachep, GFP_ATOMIC));
  // Without room the signal arrives, but nothing is known of it.
  if (q != nullptr) {
    q->info = info;
    pending.list.add_tail(q->list);
    ++pending.count;
  }
  pending.signal |= sigmask(info.si_signo);
}

/// Takes one entry off the queue it is in.
void remove(sigpending& pending, sigqueue& q) {
  q.list.remove();
  --pending.count;
  kmem_cache_free(sigqueue_cachep, &q);
}

bool wants_signal(const task_struct& task, int signal) {
  if (task.exiting || (task.blocked & sigmask(signal)) != 0) return false;
  return signal == SIGKILL || &task == get_current() || !signal_pending(task);
}

/// The thread that shall take a signal: `first` if it can, else any that can; null: they will find
/// it when they unblock it.
task_struct* choose_target(task_struct& first, int signal, bool whole_process) {
  if (wants_signal(first, signal)) return &first;
  task_struct* target = nullptr;
  if (whole_process) {
    for_each_thread(*first.signal, [&](task_struct& thread) {
      if (target == nullptr && wants_signal(thread, signal)) target = &thread;
    });
  }
  return target;
}

/// A signal that ends the process ends all threads at once.
void start_group_exit(signal_struct& signal, int number) {
  signal.group_exit = true;
  signal.group_exit_code = static_cast<unsigned>(number);
  for_each_thread(signal, [](task_struct& thread) {
    if (!thread.exiting) kill_thread(thread);
  });
}

void send(task_struct& task, const siginfo& info, bool whole_process) {
  const int signal = info.si_signo;
  sigpending& pending = whole_process ? task.signal->shared_pending : task.pending;
  if (is_ignored(task, signal)) return;
  if (signal < SIGRTMIN && (pending.signal & sigmask(signal)) != 0) return;
  enqueue(pending, info);
  task_struct* const target = choose_target(task, signal, whole_process);
  if (target == nullptr) return;
  if (is_fatal(*target, signal) && !task.signal->group_exit) {
    start_group_exit(*task.signal, signal);
  } else {
    signal_wake_up(*target, signal == SIGKILL);
  }
}

/// Takes one signal of `wanted` from a set: those that instructions raise first, then the lowest
/// number.
int dequeue(sigpending& pending, sigset_t wanted, siginfo& info) {
  sigset_t ready = pending.signal & wanted;
  if (ready == 0) return 0;
  if ((ready & kSynchronous) != 0) ready &= kSynchronous;
  int signal = 1;
  while ((ready & sigmask(signal)) == 0) ++signal;
  sigqueue* first = nullptr;
  bool more = false;
  for (list_head* node = pending.list.next; node != &pending.list; node = node->next) {
    if (queued(node).info.si_signo != signal) continue;
    more = first != nullptr;
    if (more) break;
    first = &queued(node);
  }
  if (!more) pending.signal &= ~sigmask(signal);
  info = {};
  info.si_signo = signal;
  if (first != nullptr) {
    info = first->info;
    remove(pending, *first);
  }
  return signal;
}

void drop(sigpending& pending, sigset_t signals) {
  pending.signal &= ~signals;
  for (list_head* node = pending.list.next; node != &pending.list;) {
    sigqueue& q = queued(node);
    node = node->next;
    if ((sigmask(q.info.si_signo) & signals) == 0) continue;
    remove(pending, q);
  }
}

/// Sends the current thread a signal that it must take: not blocked, not ignored.
void force_signal(const siginfo& info) {
  task_struct& task = *get_current();
  k_sigaction& action = action_of(task, info.si_signo);
  const sigset_t mask = sigmask(info.si_signo);
  if ((task.blocked & mask) != 0 || action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
  task.blocked &= ~mask;
  send(task, info, false);
}

}  // namespace

void signals_init() {
  kmem_cache_init(sigqueue_cachep, sizeof(sigqueue));
}

bool queue_is_full(const sigpending& pending, int signal) {
  return signal >= SIGRTMIN && pending.count >= kMostQueued;
}

bool sig_ignored_by_default(int signal) {
  return ((kIgnoredByDefault | kStopping) & sigmask(signal)) != 0;
}

void send_signal_to_process(task_struct& process, const siginfo& info) {
  send(process, info, true);
}

void send_signal_to_thread(task_struct& thread, const siginfo& info) {
  send(thread, info, false);
}

void send_signal(int signal) {
  siginfo info{};
  info.si_signo = signal;
  info.si_code = SI_KERNEL;
  send(*get_current(), info, false);
}

void kill_process(task_struct& process) {
  siginfo info{};
  info.si_signo = SIGKILL;
  info.si_code = SI_KERNEL;
  send(process, info, true);
}

void kill_thread(task_struct& thread) {
  thread.pending.signal |= sigmask(SIGKILL);
  signal_wake_up(thread, true);
}

void force_sig_fault(const pt_regs& regs, int signal, int code, std::uintptr_t address) {
  task_struct& task = *get_current();
  siginfo info{};
  info.si_signo = signal;
  info.si_code = code;
  info.si_addr = address;
  const bool handled =
      action_of(task, signal).sa_handler > SIG_IGN && (task.blocked & sigmask(signal)) == 0;
  if (!handled) report_fault(task, regs, info);
  force_signal(info);
}

void force_sigsegv(int signal) {
  task_struct& task = *get_current();
  // A handler of SIGSEGV whose own frame cannot be written would be called for ever.
  if (signal == SIGSEGV) action_of(task, SIGSEGV).sa_handler = SIG_DFL;
  siginfo info{};
  info.si_signo = SIGSEGV;
  info.si_code = SI_KERNEL;
  force_signal(info);
}

bool fatal_signal_pending(const task_struct& task) {
  return signal_pending(task) && (task.pending.signal & sigmask(SIGKILL)) != 0;
}

bool signal_pending_state(std::uint32_t state, const task_struct& task) {
  if ((state & TASK_INTERRUPTIBLE) != 0) return signal_pending(task);
  return (state & TASK_KILLABLE) != 0 && fatal_signal_pending(task);
}

bool get_signal(ksignal& next) {
  task_struct& task = *get_current();
  signal_struct& signal = *task.signal;
  for (;;) {
    if (signal.group_exit) do_group_exit(signal.group_exit_code);
    if (signal.group_exec != nullptr && signal.group_exec != &task) do_exit(SIGKILL);
    next.sig = dequeue_signal(task, ~task.blocked, next.info);
    if (next.sig == 0) return false;
    k_sigaction& action = action_of(task, next.sig);
    if (action.sa_handler == SIG_IGN) continue;
    if (action.sa_handler != SIG_DFL) {
      next.action = action;
      if ((action.sa_flags & SA_RESETHAND) != 0) action.sa_handler = SIG_DFL;
      return true;
    }
    if (!sig_ignored_by_default(next.sig)) do_group_exit(static_cast<unsigned>(next.sig));
  }
}

void signal_delivered(const ksignal& delivered) {
  task_struct& task = *get_current();
  task.restore_sigmask = false;
  sigset_t blocked = task.blocked | delivered.action.sa_mask;
  if ((delivered.action.sa_flags & SA_NODEFER) == 0) blocked |= sigmask(delivered.sig);
  set_current_blocked(blocked);
}

void set_current_blocked(sigset_t blocked) {
  get_current()->blocked = blocked & ~kUnblockable;
  recalc_sigpending();
}

int dequeue_signal(task_struct& task, sigset_t wanted, siginfo& info) {
  int signal = dequeue(task.pending, wanted, info);
  if (signal == 0) signal = dequeue(task.signal->shared_pending, wanted, info);
  recalc_sigpending();
  return signal;
}

sigset_t pending_signals(const task_struct& task) {
  return task.pending.signal | task.signal->shared_pending.signal;
}

void recalc_sigpending() {
  task_struct& task = *get_current();
  const bool ready = (pending_signals(task) & ~task.blocked) != 0;
  if (ready || task.restore_sigmask || task.signal->group_exit) {
    task.work |= TIF_SIGPENDING;
  } else {
    task.work &= ~TIF_SIGPENDING;
  }
}

bool on_alternate_stack(const task_struct& task, std::uintptr_t sp) {
  return sp > task.sas_ss_sp && sp - task.sas_ss_sp <= task.sas_ss_size;
}

user_stack get_alternate_stack(const task_struct& task, std::uintptr_t sp) {
  const std::uint32_t in_use = on_alternate_stack(task, sp) ? SS_ONSTACK : 0;
  return {.ss_sp = task.sas_ss_sp,
          .ss_flags = task.sas_ss_size == 0 ? SS_DISABLE : in_use,
          .padding = 0,
          .ss_size = task.sas_ss_size};
}

int set_alternate_stack(task_struct& task, const user_stack& stack, std::uintptr_t sp) {
  if (on_alternate_stack(task, sp)) return -EPERM;
  const bool disable = stack.ss_flags == SS_DISABLE;
  if (!disable && stack.ss_flags != 0 && stack.ss_flags != SS_ONSTACK) return -EINVAL;
  if (!disable && stack.ss_size < MINSIGSTKSZ) return -ENOMEM;
  task.sas_ss_sp = disable ? 0 : stack.ss_sp;
  task.sas_ss_size = disable ? 0 : stack.ss_size;
  return 0;
}

void flush_sigqueue(sigpending& pending) {
  drop(pending, ~sigset_t{0});
}

void flush_signal_handlers(sighand_struct& handlers) {
  for (k_sigaction& action : handlers.action) {
    const bool ignored = action.sa_handler == SIG_IGN;
    action = {};
    if (ignored) action.sa_handler = SIG_IGN;
  }
}

void do_sigaction(int signal, const k_sigaction& action) {
  task_struct& task = *get_current();
  k_sigaction& current = action_of(task, signal);
  current = action;
  current.sa_mask &= ~kUnblockable;
  const bool ignored = action.sa_handler == SIG_IGN ||
                       (action.sa_handler == SIG_DFL && sig_ignored_by_default(signal));
  if (!ignored) return;
  drop(task.signal->shared_pending, sigmask(signal));
  for_each_thread(*task.signal,
                  [&](task_struct& thread) { drop(thread.pending, sigmask(signal)); });
}
