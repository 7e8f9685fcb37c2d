// SPDX-License-Identifier: Apache-2.0
#pragma once

// Paths of the guest's file systems, as configurations and folders name them.

#include <string>

namespace faultline {

/// `path` without leading slashes: names joined by single slashes, none of them empty, "." or "..",
/// or longer than 255 bytes. Throws LoadError for anything else; `where` ("archive") begins the
/// message.
[[nodiscard]] std::string plain_guest_path(const std::string& path, const std::string& where);

}  // namespace faultline
