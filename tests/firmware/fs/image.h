// SPDX-License-Identifier: Apache-2.0
#pragma once

// Disk images made and checked by e2fsprogs.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace faultline::test {

/// A folder of its own that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

using Image = std::vector<unsigned char>;

/// An ext2 image of `blocks` blocks of 4 KiB with the content of `folder`; `options` are further
/// arguments of mke2fs.
[[nodiscard]] Image make_image(const std::filesystem::path& folder, std::uint64_t blocks,
                               const std::string& options = "");
/// What `e2fsck -fn` complains about; empty: nothing.
[[nodiscard]] std::string check_image(const Image& image);
/// The output of a debugfs command on an image.
[[nodiscard]] std::string debugfs(const Image& image, const std::string& command);

}  // namespace faultline::test
