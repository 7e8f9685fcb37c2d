// SPDX-License-Identifier: Apache-2.0
#pragma once

// Error numbers that the kernel answers, with Linux's values (asm-generic/errno-base.h, errno.h). A
// system call that fails returns the negated number. The host's unit tests take them from the host,
// whose header has macros of these names.

#if __STDC_HOSTED__
#include <cerrno>
#else
inline constexpr int EPERM = 1;
inline constexpr int ENOENT = 2;
inline constexpr int ESRCH = 3;
inline constexpr int EINTR = 4;
inline constexpr int EIO = 5;
inline constexpr int ENXIO = 6;
inline constexpr int E2BIG = 7;
inline constexpr int ENOEXEC = 8;
inline constexpr int EBADF = 9;
inline constexpr int ECHILD = 10;
inline constexpr int EAGAIN = 11;
inline constexpr int ENOMEM = 12;
inline constexpr int EACCES = 13;
inline constexpr int EFAULT = 14;
inline constexpr int EBUSY = 16;
inline constexpr int EEXIST = 17;
inline constexpr int EXDEV = 18;
inline constexpr int ENODEV = 19;
inline constexpr int ENOTDIR = 20;
inline constexpr int EISDIR = 21;
inline constexpr int EINVAL = 22;
inline constexpr int EMFILE = 24;
inline constexpr int ENOTTY = 25;
inline constexpr int EFBIG = 27;
inline constexpr int ENOSPC = 28;
inline constexpr int ESPIPE = 29;
inline constexpr int EROFS = 30;
inline constexpr int EMLINK = 31;
inline constexpr int EPIPE = 32;
inline constexpr int ERANGE = 34;
inline constexpr int EDEADLK = 35;
inline constexpr int ENAMETOOLONG = 36;
inline constexpr int ENOSYS = 38;
inline constexpr int ENOTEMPTY = 39;
inline constexpr int ELOOP = 40;
inline constexpr int EOVERFLOW = 75;
inline constexpr int EOPNOTSUPP = 95;
inline constexpr int ETIMEDOUT = 110;
inline constexpr int ESTALE = 116;
inline constexpr int EUCLEAN = 117;

// Never seen by a program: how a system call that a signal has interrupted goes on (Linux:
// include/linux/errno.h).
inline constexpr int ERESTARTSYS = 512;     ///< again if the handler has SA_RESTART, else EINTR
inline constexpr int ERESTARTNOINTR = 513;  ///< again
inline constexpr int ERESTARTNOHAND = 514;  ///< EINTR if a handler runs, else again
/// EINTR if a handler runs, else restart_syscall.
inline constexpr int ERESTART_RESTARTBLOCK = 516;
#endif
