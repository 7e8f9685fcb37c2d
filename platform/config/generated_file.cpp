// SPDX-License-Identifier: Apache-2.0
#include "platform/config/generated_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/config/value_types.h"
#include "platform/loader/load_error.h"

namespace faultline {

std::vector<unsigned char> generate_bytes(const GeneratedFile& file) {
  if (file.size_bytes > kMaxGeneratedBytes) {
    throw LoadError(fmt::format("{}: {} is not allowed: a made-up file of at most {}", file.path,
                                format_size(file.size_bytes), format_size(kMaxGeneratedBytes)));
  }
  std::vector<unsigned char> bytes(file.size_bytes);
  std::uint64_t state = file.seed;
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    // SplitMix64 (S. Vigna, public domain algorithm).
    std::uint64_t word = state += 0x9e3779b97f4a7c15ULL;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
    word ^= word >> 31;
    for (std::size_t j = i; j < std::min(i + 8, bytes.size()); ++j, word >>= 8) {
      bytes[j] = static_cast<unsigned char>(word);
    }
  }
  return bytes;
}

}  // namespace faultline
