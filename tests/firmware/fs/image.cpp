// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/fs/image.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace faultline::test {

namespace {

struct CommandResult {
  int status;
  std::string output;
};

/// Runs a command of the shell; its output is that on both streams. The tools of e2fsprogs are in
/// sbin, which not every user's PATH has.
CommandResult run(const std::string& command) {
  const std::string line = "PATH=$PATH:/usr/sbin:/sbin; " + command + " 2>&1";
  struct ClosePipe {
    void operator()(std::FILE* f) const { pclose(f); }
  };
  std::unique_ptr<std::FILE, ClosePipe> pipe(popen(line.c_str(), "r"));
  CommandResult result{-1, {}};
  if (pipe == nullptr) return result;
  std::array<char, 4096> text{};
  while (const std::size_t count = std::fread(text.data(), 1, text.size(), pipe.get())) {
    result.output.append(text.data(), count);
  }
  result.status = pclose(pipe.release());
  return result;
}

void save(const Image& image, const std::filesystem::path& path) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(image.data()),
             static_cast<std::streamsize>(image.size()));
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "faultline.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Image make_image(const std::filesystem::path& folder, std::uint64_t blocks,
                 const std::string& options) {
  const TemporaryFolder place;
  const std::filesystem::path file = place.path() / "image";
  const CommandResult made =
      run("mke2fs -q -F -t ext2 -b 4096 -O none,filetype,sparse_super,large_file " + options +
          " -d " + folder.string() + " " + file.string() + " " + std::to_string(blocks));
  EXPECT_EQ(made.status, 0) << made.output;
  std::ifstream stream(file, std::ios::binary);
  return Image(std::istreambuf_iterator<char>(stream), {});
}

std::string check_image(const Image& image) {
  const TemporaryFolder place;
  const std::filesystem::path file = place.path() / "image";
  save(image, file);
  const CommandResult checked = run("e2fsck -fn " + file.string());
  return checked.status == 0 ? "" : checked.output;
}

std::string debugfs(const Image& image, const std::string& command) {
  const TemporaryFolder place;
  const std::filesystem::path file = place.path() / "image";
  save(image, file);
  return run("debugfs -R '" + command + "' " + file.string()).output;
}

}  // namespace faultline::test
