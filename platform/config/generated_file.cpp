// SPDX-License-Identifier: Apache-2.0
#include "platform/config/generated_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "platform/loader/load_error.h"

namespace faultline {

std::vector<unsigned char> generate_bytes(const GeneratedFile& file) {
  std::vector<unsigned char> bytes;
  try {
    bytes.resize(file.size_bytes);
  } catch (const std::exception&) {
    throw LoadError(fmt::format("{}: the host refuses {} bytes of memory for a made-up file",
                                file.path, file.size_bytes));
  }
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
