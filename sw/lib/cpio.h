// SPDX-License-Identifier: Apache-2.0
#pragma once

// A reader of cpio archives in the "newc" format (SVR4 without checksum, magic 070701, the format
// of a Linux initial archive), in place and without allocation. Compressed archives are not read.
// Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lib {

/// One member of an archive; `name` and `data` point into the archive.
struct CpioEntry {
  std::string_view name;
  std::uint32_t inode;
  std::uint32_t mode;  ///< type and permissions, as in stat(2)
  std::uint32_t links;
  std::span<const std::uint8_t> data;
};

enum class CpioStatus {
  kEntry,      ///< an entry was read
  kEnd,        ///< the trailer was reached
  kTruncated,  ///< the archive ends within a member or without a trailer
  kBadHeader,  ///< no newc header where one must be
};

class CpioReader {
 public:
  explicit CpioReader(std::span<const std::uint8_t> archive) : archive_(archive) {}

  /// Reads the next member into `entry`, which is changed only when the answer is kEntry.
  CpioStatus next(CpioEntry& entry);

 private:
  std::span<const std::uint8_t> archive_;
  std::size_t at_ = 0;
};

}  // namespace lib
