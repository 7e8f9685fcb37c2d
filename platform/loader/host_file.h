// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files of the host, as a person names them. A path that the host cannot look up (too long a name,
// a loop of links, a folder that may not be searched) is taken for one where nothing is.

#include <filesystem>
#include <string>

namespace faultline {

[[nodiscard]] bool is_host_file(const std::filesystem::path& path);
[[nodiscard]] bool is_host_folder(const std::filesystem::path& path);
/// Permissions of the guest's copy of a file: 0755 if its owner may execute it, else 0644.
[[nodiscard]] unsigned guest_mode_of(const std::filesystem::path& path);
/// All bytes of a file, or of a pipe up to its end. Throws LoadError, beginning with `key`, for
/// what cannot be read.
[[nodiscard]] std::string read_host_file(const std::filesystem::path& path, const char* key);

}  // namespace faultline
