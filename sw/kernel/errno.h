// SPDX-License-Identifier: Apache-2.0
#pragma once

// Error numbers that the kernel answers, with Linux's values (asm-generic/errno-base.h, errno.h). A
// system call that fails returns the negated number.

inline constexpr int EPERM = 1;
inline constexpr int ENOENT = 2;
inline constexpr int ESRCH = 3;
inline constexpr int EIO = 5;
inline constexpr int E2BIG = 7;
inline constexpr int ENOEXEC = 8;
inline constexpr int EBADF = 9;
inline constexpr int EAGAIN = 11;
inline constexpr int ENOMEM = 12;
inline constexpr int EACCES = 13;
inline constexpr int EFAULT = 14;
inline constexpr int ENODEV = 19;
inline constexpr int ENOTDIR = 20;
inline constexpr int EISDIR = 21;
inline constexpr int EINVAL = 22;
inline constexpr int EMFILE = 24;
inline constexpr int ENOTTY = 25;
inline constexpr int ESPIPE = 29;
inline constexpr int EROFS = 30;
inline constexpr int EDEADLK = 35;
inline constexpr int ENAMETOOLONG = 36;
inline constexpr int ENOSYS = 38;
inline constexpr int ELOOP = 40;
inline constexpr int EOVERFLOW = 75;
inline constexpr int ETIMEDOUT = 110;
