// SPDX-License-Identifier: Apache-2.0
#pragma once

// Numbers of the file system calls, with Linux's values for RISC-V. The host's unit tests take them
// from the host, whose headers have macros of these names.

#if __STDC_HOSTED__
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdio>
#else
#include <cstdint>

// Types of files in inode::i_mode (stat(2)).
inline constexpr std::uint32_t S_IFMT = 0170000;
inline constexpr std::uint32_t S_IFIFO = 0010000;
inline constexpr std::uint32_t S_IFCHR = 0020000;
inline constexpr std::uint32_t S_IFDIR = 0040000;
inline constexpr std::uint32_t S_IFBLK = 0060000;
inline constexpr std::uint32_t S_IFREG = 0100000;
inline constexpr std::uint32_t S_IFLNK = 0120000;
inline constexpr std::uint32_t S_IFSOCK = 0140000;

// Flags of openat (asm-generic/fcntl.h).
inline constexpr unsigned O_ACCMODE = 3;
inline constexpr unsigned O_RDONLY = 0;
inline constexpr unsigned O_WRONLY = 1;
inline constexpr unsigned O_RDWR = 2;
inline constexpr unsigned O_CREAT = 0100;
inline constexpr unsigned O_EXCL = 0200;
inline constexpr unsigned O_TRUNC = 01000;
inline constexpr unsigned O_APPEND = 02000;
inline constexpr unsigned O_NONBLOCK = 04000;
inline constexpr unsigned O_DSYNC = 010000;
inline constexpr unsigned O_DIRECTORY = 0200000;
inline constexpr unsigned O_NOFOLLOW = 0400000;
inline constexpr unsigned O_CLOEXEC = 02000000;
inline constexpr unsigned O_PATH = 010000000;

// Conditions that poll waits for (asm-generic/poll.h).
inline constexpr unsigned POLLIN = 0x1;
inline constexpr unsigned POLLOUT = 0x4;
inline constexpr unsigned POLLERR = 0x8;
inline constexpr unsigned POLLHUP = 0x10;
inline constexpr unsigned POLLNVAL = 0x20;

/// Flag of renameat2: the new name must not exist.
inline constexpr unsigned RENAME_NOREPLACE = 1;
#endif
