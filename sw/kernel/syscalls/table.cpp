// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "sw/kernel/errno.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

/// Arguments as the registers hold them.
using arguments = std::array<std::uint64_t, 6>;
using handler = std::int64_t (*)(const arguments&);

template <typename... Parameters, std::size_t... Index>
std::int64_t apply(std::int64_t (*call)(Parameters...), [[maybe_unused]] const arguments& values,
                   std::index_sequence<Index...>) {
  return call(static_cast<Parameters>(values[Index])...);
}

template <typename... Parameters>
std::int64_t apply(std::int64_t (*call)(Parameters...), const arguments& values) {
  return apply(call, values, std::index_sequence_for<Parameters...>{});
}

/// Gives a call its arguments in the types that it declares.
template <auto Call>
std::int64_t entry(const arguments& values) {
  return apply(Call, values);
}

constexpr unsigned kCalls = 512;

constexpr std::array<handler, kCalls> make_table() {
  std::array<handler, kCalls> table{};
  table[17] = entry<sys_getcwd>;
  table[23] = entry<sys_dup>;
  table[24] = entry<sys_dup3>;
  table[25] = entry<sys_fcntl>;
  table[29] = entry<sys_ioctl>;
  table[34] = entry<sys_mkdirat>;
  table[35] = entry<sys_unlinkat>;
  table[36] = entry<sys_symlinkat>;
  table[37] = entry<sys_linkat>;
  table[43] = entry<sys_statfs>;
  table[44] = entry<sys_fstatfs>;
  table[45] = entry<sys_truncate>;
  table[46] = entry<sys_ftruncate>;
  table[47] = entry<sys_fallocate>;
  table[48] = entry<sys_faccessat>;
  table[49] = entry<sys_chdir>;
  table[50] = entry<sys_fchdir>;
  table[52] = entry<sys_fchmod>;
  table[53] = entry<sys_fchmodat>;
  table[56] = entry<sys_openat>;
  table[57] = entry<sys_close>;
  table[59] = entry<sys_pipe2>;
  table[61] = entry<sys_getdents64>;
  table[62] = entry<sys_lseek>;
  table[63] = entry<sys_read>;
  table[64] = entry<sys_write>;
  table[65] = entry<sys_readv>;
  table[66] = entry<sys_writev>;
  table[67] = entry<sys_pread64>;
  table[68] = entry<sys_pwrite64>;
  table[69] = entry<sys_preadv>;
  table[70] = entry<sys_pwritev>;
  table[72] = entry<sys_pselect6>;
  table[73] = entry<sys_ppoll>;
  table[78] = entry<sys_readlinkat>;
  table[79] = entry<sys_newfstatat>;
  table[80] = entry<sys_fstat>;
  table[81] = entry<sys_sync>;
  table[82] = entry<sys_fsync>;
  table[83] = entry<sys_fsync>;  // fdatasync
  table[88] = entry<sys_utimensat>;
  table[92] = entry<sys_personality>;
  table[93] = entry<sys_exit>;
  table[94] = entry<sys_exit_group>;
  table[95] = entry<sys_waitid>;
  table[96] = entry<sys_set_tid_address>;
  table[98] = entry<sys_futex>;
  table[99] = entry<sys_set_robust_list>;
  table[100] = entry<sys_get_robust_list>;
  table[101] = entry<sys_nanosleep>;
  table[102] = entry<sys_getitimer>;
  table[103] = entry<sys_setitimer>;
  table[113] = entry<sys_clock_gettime>;
  table[114] = entry<sys_clock_getres>;
  table[115] = entry<sys_clock_nanosleep>;
  table[122] = entry<sys_sched_setaffinity>;
  table[123] = entry<sys_sched_getaffinity>;
  table[124] = entry<sys_sched_yield>;
  table[128] = entry<sys_restart_syscall>;
  table[129] = entry<sys_kill>;
  table[130] = entry<sys_tkill>;
  table[131] = entry<sys_tgkill>;
  table[132] = entry<sys_sigaltstack>;
  table[133] = entry<sys_rt_sigsuspend>;
  table[134] = entry<sys_rt_sigaction>;
  table[135] = entry<sys_rt_sigprocmask>;
  table[136] = entry<sys_rt_sigpending>;
  table[137] = entry<sys_rt_sigtimedwait>;
  table[138] = entry<sys_rt_sigqueueinfo>;
  table[139] = entry<sys_rt_sigreturn>;
  table[153] = entry<sys_times>;
  table[154] = entry<sys_setpgid>;
  table[155] = entry<sys_getpgid>;
  table[156] = entry<sys_getsid>;
  table[157] = entry<sys_setsid>;
  table[158] = entry<sys_getgroups>;
  table[160] = entry<sys_uname>;
  table[163] = entry<sys_getrlimit>;
  table[164] = entry<sys_setrlimit>;
  table[165] = entry<sys_getrusage>;
  table[166] = entry<sys_umask>;
  table[167] = entry<sys_prctl>;
  table[168] = entry<sys_getcpu>;
  table[169] = entry<sys_gettimeofday>;
  table[172] = entry<sys_getpid>;
  table[173] = entry<sys_getppid>;
  table[174] = entry<sys_getuid>;
  table[175] = entry<sys_getuid>;  // geteuid, getgid, getegid: everything is root's
  table[176] = entry<sys_getuid>;
  table[177] = entry<sys_getuid>;
  table[178] = entry<sys_gettid>;
  table[179] = entry<sys_sysinfo>;
  table[214] = entry<sys_brk>;
  table[215] = entry<sys_munmap>;
  table[216] = entry<sys_mremap>;
  table[220] = entry<sys_clone>;
  table[221] = entry<sys_execve>;
  table[222] = entry<sys_mmap>;
  table[226] = entry<sys_mprotect>;
  table[227] = entry<sys_msync>;
  table[232] = entry<sys_mincore>;
  table[233] = entry<sys_madvise>;
  table[259] = entry<sys_riscv_flush_icache>;
  table[260] = entry<sys_wait4>;
  table[261] = entry<sys_prlimit64>;
  table[267] = entry<sys_syncfs>;
  table[276] = entry<sys_renameat2>;
  table[278] = entry<sys_getrandom>;
  table[283] = entry<sys_membarrier>;
  table[291] = entry<sys_statx>;
  table[293] = entry<sys_rseq>;
  table[435] = entry<sys_clone3>;
  table[439] = entry<sys_faccessat2>;
  return table;
}

constexpr std::array<handler, kCalls> sys_call_table = make_table();

std::array<std::uint32_t, kCalls> unknown_calls;
std::uint32_t calls_beyond_table;

std::int64_t unknown_call(std::uint64_t number) {
  std::uint32_t& count = number < kCalls ? unknown_calls[number] : calls_beyond_table;
  ++count;
  return -ENOSYS;
}

}  // namespace

std::int64_t call_system(const pt_regs& regs) {
  const std::uint64_t number = regs.a7;
  if (number >= kCalls || sys_call_table[number] == nullptr) return unknown_call(number);
  return sys_call_table[number]({regs.a0, regs.a1, regs.a2, regs.a3, regs.a4, regs.a5});
}

void report_unknown_calls() {
  for (unsigned number = 0; number < kCalls; ++number) {
    const std::uint32_t count = unknown_calls[number];
    if (count != 0) {
      printk(log_level::error, "system call %u is not implemented: called %u times\n", number,
             count);
    }
  }
  if (calls_beyond_table != 0) {
    printk(log_level::error, "system calls beyond %u: called %u times\n", kCalls - 1,
           calls_beyond_table);
  }
}
