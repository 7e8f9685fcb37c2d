// SPDX-License-Identifier: Apache-2.0
#pragma once

// System calls with Linux's numbers, semantics and error numbers for RV64 (asm-generic/unistd.h).
// The functions take user addresses as numbers and return a result or -errno. All may
// sleep. Calls that are not here answer -ENOSYS and are reported once, when the machine ends.

#include <cstdint>

#include "sw/kernel/arch/riscv/ptrace.h"

/// Executes the call in `regs` (a7 the number, a0 to a5 the arguments); returns what a0 shall hold.
[[nodiscard]] std::int64_t call_system(const pt_regs& regs);
/// Prints which unknown calls were made, if any.
void report_unknown_calls();

/// Whether report_vmstat() prints anything (boot option vmstat).
void report_vmstat_at_exit(bool on);
/// Prints the counters of the memory-management core that are not 0, and the faults of all
/// processes.
void report_vmstat();

// Open files and their numbers (sys_file.cpp).
std::int64_t sys_openat(int directory, std::uintptr_t path, unsigned flags, unsigned mode);
std::int64_t sys_close(int number);
std::int64_t sys_dup(int number);
std::int64_t sys_dup3(int number, int wanted, unsigned flags);
std::int64_t sys_fcntl(int number, int command, std::uint64_t argument);
std::int64_t sys_ioctl(int number, unsigned request, std::uintptr_t argument);
std::int64_t sys_lseek(int number, std::int64_t offset, int whence);
std::int64_t sys_ftruncate(int number, std::int64_t size);
std::int64_t sys_truncate(std::uintptr_t path, std::int64_t size);
std::int64_t sys_fallocate(int number, int mode, std::int64_t offset, std::int64_t size);
std::int64_t sys_fsync(int number);
std::int64_t sys_sync();
std::int64_t sys_syncfs(int number);
std::int64_t sys_pipe2(std::uintptr_t numbers, unsigned flags);

// Reading and writing (sys_read_write.cpp).
std::int64_t sys_read(int number, std::uintptr_t to, std::uint64_t size);
std::int64_t sys_write(int number, std::uintptr_t from, std::uint64_t size);
std::int64_t sys_readv(int number, std::uintptr_t vector, int count);
std::int64_t sys_writev(int number, std::uintptr_t vector, int count);
std::int64_t sys_pread64(int number, std::uintptr_t to, std::uint64_t size, std::int64_t offset);
std::int64_t sys_pwrite64(int number, std::uintptr_t from, std::uint64_t size, std::int64_t offset);
std::int64_t sys_preadv(int number, std::uintptr_t vector, int count, std::int64_t offset);
std::int64_t sys_pwritev(int number, std::uintptr_t vector, int count, std::int64_t offset);

// Waiting for files (sys_poll.cpp).
std::int64_t sys_ppoll(std::uintptr_t fds, unsigned count, std::uintptr_t timeout);
std::int64_t sys_pselect6(int count, std::uintptr_t read_set, std::uintptr_t write_set,
                          std::uintptr_t except_set, std::uintptr_t timeout);

// Directories (sys_dir.cpp).
std::int64_t sys_getdents64(int number, std::uintptr_t to, std::uint64_t size);
std::int64_t sys_getcwd(std::uintptr_t to, std::uint64_t size);
std::int64_t sys_chdir(std::uintptr_t path);
std::int64_t sys_fchdir(int number);
std::int64_t sys_umask(std::uint32_t mask);
std::int64_t sys_mkdirat(int directory, std::uintptr_t path, std::uint32_t mode);
std::int64_t sys_unlinkat(int directory, std::uintptr_t path, unsigned flags);
std::int64_t sys_symlinkat(std::uintptr_t target, int directory, std::uintptr_t path);
std::int64_t sys_linkat(int old_directory, std::uintptr_t old_path, int directory,
                        std::uintptr_t path, unsigned flags);
std::int64_t sys_renameat2(int old_directory, std::uintptr_t old_path, int directory,
                           std::uintptr_t path, unsigned flags);

// Attributes (sys_stat.cpp).
std::int64_t sys_fstat(int number, std::uintptr_t to);
std::int64_t sys_newfstatat(int directory, std::uintptr_t path, std::uintptr_t to, unsigned flags);
std::int64_t sys_statx(int directory, std::uintptr_t path, unsigned flags, unsigned mask,
                       std::uintptr_t to);
std::int64_t sys_statfs(std::uintptr_t path, std::uintptr_t to);
std::int64_t sys_fstatfs(int number, std::uintptr_t to);
std::int64_t sys_faccessat(int directory, std::uintptr_t path, unsigned wanted);
std::int64_t sys_faccessat2(int directory, std::uintptr_t path, unsigned wanted, unsigned flags);
std::int64_t sys_readlinkat(int directory, std::uintptr_t path, std::uintptr_t to, int size);
std::int64_t sys_utimensat(int directory, std::uintptr_t path, std::uintptr_t times,
                           unsigned flags);
std::int64_t sys_fchmod(int number, std::uint32_t mode);
std::int64_t sys_fchmodat(int directory, std::uintptr_t path, std::uint32_t mode);

// Memory (sys_mm.cpp).
std::int64_t sys_brk(std::uintptr_t end);
std::int64_t sys_mmap(std::uintptr_t address, std::uint64_t length, unsigned protection,
                      unsigned flags, int number, std::uint64_t offset);
std::int64_t sys_munmap(std::uintptr_t address, std::uint64_t length);
std::int64_t sys_mprotect(std::uintptr_t address, std::uint64_t length, unsigned protection);
std::int64_t sys_mremap(std::uintptr_t address, std::uint64_t old_length, std::uint64_t new_length,
                        unsigned flags, std::uintptr_t new_address);
std::int64_t sys_madvise(std::uintptr_t address, std::uint64_t length, int advice);
std::int64_t sys_msync(std::uintptr_t address, std::uint64_t length, unsigned flags);
std::int64_t sys_mincore(std::uintptr_t start, std::uint64_t length, std::uintptr_t to);

// Processes (sys_process.cpp).
std::int64_t sys_exit(unsigned status);
std::int64_t sys_exit_group(unsigned status);
std::int64_t sys_clone(std::uint64_t flags, std::uintptr_t stack, std::uintptr_t parent_tid,
                       std::uintptr_t tls, std::uintptr_t child_tid);
std::int64_t sys_clone3(std::uintptr_t from, std::uint64_t size);
std::int64_t sys_execve(std::uintptr_t path, std::uintptr_t arguments, std::uintptr_t environment);
std::int64_t sys_wait4(int pid, std::uintptr_t status, unsigned options, std::uintptr_t usage);
std::int64_t sys_waitid(int type, int id, std::uintptr_t to, unsigned options,
                        std::uintptr_t usage);
std::int64_t sys_getpid();
std::int64_t sys_gettid();
std::int64_t sys_getppid();
std::int64_t sys_getuid();
std::int64_t sys_getgroups();
std::int64_t sys_getpgid(int pid);
std::int64_t sys_getsid(int pid);
std::int64_t sys_setpgid(int pid, int group);
std::int64_t sys_setsid();
std::int64_t sys_prctl(int option, std::uintptr_t argument);
std::int64_t sys_personality(std::uint32_t personality);
std::int64_t sys_riscv_flush_icache(std::uintptr_t start, std::uintptr_t end, std::uint64_t flags);

// Threads (sys_futex.cpp).
std::int64_t sys_futex(std::uintptr_t address, unsigned operation, std::uint32_t value,
                       std::uintptr_t timeout, std::uintptr_t second, std::uint32_t value3);
std::int64_t sys_set_tid_address(std::uintptr_t address);
std::int64_t sys_set_robust_list(std::uintptr_t head, std::uint64_t size);
std::int64_t sys_get_robust_list(int pid, std::uintptr_t head, std::uintptr_t size);
std::int64_t sys_rseq();
std::int64_t sys_membarrier();
std::int64_t sys_sched_yield();
std::int64_t sys_sched_getaffinity(int pid, std::uint64_t size, std::uintptr_t to);
std::int64_t sys_sched_setaffinity(int pid, std::uint64_t size, std::uintptr_t from);
std::int64_t sys_getcpu(std::uintptr_t hart, std::uintptr_t node);

// Signals (sys_signal.cpp).
std::int64_t sys_kill(int pid, int signal);
std::int64_t sys_tkill(int thread, int signal);
std::int64_t sys_tgkill(int group, int thread, int signal);
std::int64_t sys_rt_sigqueueinfo(int pid, int signal, std::uintptr_t from);
std::int64_t sys_rt_sigaction(int signal, std::uintptr_t action, std::uintptr_t old_action,
                              std::uint64_t mask_size);
std::int64_t sys_rt_sigprocmask(int how, std::uintptr_t set, std::uintptr_t old_set,
                                std::uint64_t mask_size);
std::int64_t sys_rt_sigpending(std::uintptr_t to, std::uint64_t mask_size);
std::int64_t sys_rt_sigsuspend(std::uintptr_t set, std::uint64_t mask_size);
std::int64_t sys_rt_sigtimedwait(std::uintptr_t set, std::uintptr_t to, std::uintptr_t timeout,
                                 std::uint64_t mask_size);
std::int64_t sys_rt_sigreturn();
std::int64_t sys_sigaltstack(std::uintptr_t stack, std::uintptr_t old_stack);

// Clocks and sleeping (sys_time.cpp).
std::int64_t sys_clock_gettime(int clock, std::uintptr_t to);
std::int64_t sys_clock_getres(int clock, std::uintptr_t to);
std::int64_t sys_gettimeofday(std::uintptr_t to, std::uintptr_t zone);
std::int64_t sys_nanosleep(std::uintptr_t span, std::uintptr_t left);
std::int64_t sys_clock_nanosleep(int clock, unsigned flags, std::uintptr_t span,
                                 std::uintptr_t left);
std::int64_t sys_restart_syscall();
std::int64_t sys_getitimer(int which, std::uintptr_t to);
std::int64_t sys_setitimer(int which, std::uintptr_t value, std::uintptr_t old_value);
std::int64_t sys_times(std::uintptr_t to);

// Limits and what was used (sys_limits.cpp).
std::int64_t sys_prlimit64(int pid, unsigned resource, std::uintptr_t limit,
                           std::uintptr_t old_limit);
std::int64_t sys_getrlimit(unsigned resource, std::uintptr_t to);
std::int64_t sys_setrlimit(unsigned resource, std::uintptr_t from);
std::int64_t sys_getrusage(int who, std::uintptr_t to);

// The system (sys_info.cpp).
std::int64_t sys_uname(std::uintptr_t to);
std::int64_t sys_sysinfo(std::uintptr_t to);
std::int64_t sys_getrandom(std::uintptr_t to, std::uint64_t size, unsigned flags);
