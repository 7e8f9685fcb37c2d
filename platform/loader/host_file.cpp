// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/host_file.h"

#include <fmt/format.h>

#include <array>
#include <fstream>

#include "platform/loader/load_error.h"

namespace faultline {

namespace fs = std::filesystem;

bool is_host_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_host_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

unsigned guest_mode_of(const fs::path& path) {
  std::error_code ignored;
  const fs::perms executable = fs::status(path, ignored).permissions() & fs::perms::owner_exec;
  return executable != fs::perms::none ? 0755 : 0644;
}

std::string read_host_file(const fs::path& path, const char* key) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes;
  std::array<char, 65536> chunk{};
  while (in) {
    in.read(chunk.data(), chunk.size());
    bytes.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.eof()) return bytes;
  throw LoadError(fmt::format("{}: {} is not allowed: a file of this host that can be read", key,
                              path.string()));
}

}  // namespace faultline
