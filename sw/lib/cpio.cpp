// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/cpio.h"

namespace lib {
namespace {

constexpr std::string_view kMagic = "070701";
constexpr std::string_view kTrailer = "TRAILER!!!";
constexpr std::size_t kFieldDigits = 8;
constexpr std::size_t kHeaderSize = 6 + 13 * kFieldDigits;

// The positions of the fields of a header.
enum class Field : std::size_t {
  kInode = 0,
  kMode = 1,
  kLinks = 4,
  kFileSize = 6,
  kNameSize = 11,
};

std::size_t align_up_to_word(std::size_t offset) {
  return (offset + 3) & ~std::size_t{3};
}

std::optional<std::uint32_t> hexadecimal(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return std::nullopt;
    }
    value = value << 4 | digit;
  }
  return value;
}

std::optional<std::uint32_t> field(std::string_view header, Field which) {
  const std::size_t at = kMagic.size() + static_cast<std::size_t>(which) * kFieldDigits;
  return hexadecimal(header.substr(at, kFieldDigits));
}

}  // namespace

CpioStatus CpioReader::next(CpioEntry& entry) {
  const std::string_view text(reinterpret_cast<const char*>(archive_.data()), archive_.size());
  if (at_ > text.size() || text.size() - at_ < kHeaderSize) return CpioStatus::kTruncated;
  const std::string_view header = text.substr(at_, kHeaderSize);
  if (!header.starts_with(kMagic)) return CpioStatus::kBadHeader;
  const auto inode = field(header, Field::kInode);
  const auto mode = field(header, Field::kMode);
  const auto links = field(header, Field::kLinks);
  const auto file_size = field(header, Field::kFileSize);
  const auto name_size = field(header, Field::kNameSize);
  if (!inode || !mode || !links || !file_size || !name_size || *name_size == 0) {
    return CpioStatus::kBadHeader;
  }
  const std::size_t name_at = at_ + kHeaderSize;
  const std::size_t data_at = align_up_to_word(name_at + *name_size);
  if (data_at > text.size() || text.size() - data_at < *file_size) return CpioStatus::kTruncated;
  const std::string_view name = text.substr(name_at, *name_size - 1);
  if (name == kTrailer) return CpioStatus::kEnd;
  entry = {name, *inode, *mode, *links, archive_.subspan(data_at, *file_size)};
  at_ = align_up_to_word(data_at + *file_size);
  return CpioStatus::kEntry;
}

}  // namespace lib
