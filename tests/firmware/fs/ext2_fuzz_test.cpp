// SPDX-License-Identifier: Apache-2.0
// Images with random faults in their metadata: whatever is wrong, the kernel goes on. The
// sanitizers watch; each seed is a case of its own, so that a failure names it.

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <random>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2_fs.h"
#include "sw/kernel/fs/super_block.h"
#include "tests/firmware/fs/file_system.h"
#include "tests/firmware/fs/surroundings.h"

namespace faultline::test {
namespace {

constexpr std::size_t kBlocks = 512;

const Image& good_image() {
  static const Image image = [] {
    const TemporaryFolder folder;
    for (int i = 0; i < 12; ++i) {
      const auto directory = folder.path() / ("d" + std::to_string(i % 4)) / "sub";
      std::filesystem::create_directories(directory);
      std::ofstream(directory / ("file" + std::to_string(i)))
          << std::string(static_cast<std::size_t>(i) * 9000, 'x');
    }
    std::filesystem::create_symlink("d1/sub", folder.path() / "link");
    std::filesystem::create_symlink(std::string(200, 'y'), folder.path() / "long");
    return make_image(folder.path(), kBlocks, "-g 256 -N 64");
  }();
  return image;
}

/// Blocks that hold metadata: superblock, descriptors, bitmaps, inode tables, directories, and
/// blocks of numbers.
std::vector<std::size_t> metadata_blocks(const Image& image) {
  const auto at = [&image](std::size_t offset) { return &image[offset]; };
  const auto* const super = reinterpret_cast<const ext2_super_block*>(at(1024));
  std::vector<std::size_t> blocks = {0, 1};
  for (std::uint32_t g = 0; g < 2; ++g) {
    const auto* const group = reinterpret_cast<const ext2_group_desc*>(at(4096)) + g;
    blocks.insert(blocks.end(), {group->bg_block_bitmap, group->bg_inode_bitmap});
    const std::size_t table = super->s_inodes_per_group * std::size_t{256} / 4096;
    for (std::size_t i = 0; i < table; ++i) blocks.push_back(group->bg_inode_table + i);
    for (std::uint32_t i = 0; i < super->s_inodes_per_group; ++i) {
      const auto* const node = reinterpret_cast<const ext2_inode*>(
          at(group->bg_inode_table * std::size_t{4096} + i * std::size_t{256}));
      if ((node->i_mode & S_IFMT) == S_IFDIR) blocks.push_back(node->i_block[0]);
      if (node->i_block[EXT2_IND_BLOCK] != 0 && (node->i_mode & S_IFMT) == S_IFREG) {
        blocks.push_back(node->i_block[EXT2_IND_BLOCK]);
      }
    }
  }
  return blocks;
}

/// Changes some bits, bytes or words of the metadata.
void corrupt(Image& image, std::mt19937& random) {
  const std::vector<std::size_t> blocks = metadata_blocks(image);
  const unsigned changes = 1 + static_cast<unsigned>(random() % 8);
  for (unsigned i = 0; i < changes; ++i) {
    const std::size_t block = blocks[random() % blocks.size()];
    // Most of a block is empty; its beginning is where most of it is in use.
    const std::size_t span = random() % 2 == 0 ? 4096 : 256;
    const std::size_t base = block == 0 ? 1024 : block * 4096;
    const std::size_t offset = base + random() % (block == 0 ? 264 : span);
    switch (random() % 3) {
      case 0:
        image[offset] ^= static_cast<unsigned char>(1u << (random() % 8));
        break;
      case 1:
        image[offset] = static_cast<unsigned char>(random());
        break;
      default: {
        const std::uint32_t words[] = {0, 0xffffffff, static_cast<std::uint32_t>(random()),
                                       static_cast<std::uint32_t>(random() % kBlocks)};
        std::memcpy(&image[offset / 4 * 4], &words[random() % 4], 4);
        break;
      }
    }
  }
}

/// Visits everything that can be reached, and reads it.
void visit(FileSystem& system, const std::string& path, unsigned depth) {
  open_file* const f = system.open(path, O_RDONLY | O_DIRECTORY);
  if (f == nullptr) return;
  struct Names : dir_context {
    std::vector<std::string> names;
  } context;
  context.actor = [](dir_context& to, std::string_view name, std::uint64_t, unsigned,
                     std::uint64_t) {
    auto& names = static_cast<Names&>(to).names;
    names.emplace_back(name);
    return names.size() < 50;
  };
  static_cast<void>(f->f_op->iterate(*f, context));
  fput(*f);
  for (const std::string& name : context.names) {
    if (name == "." || name == "..") continue;
    const std::string child = path + "/" + name;
    static_cast<void>(system.try_read(child));
    const lookup_result found = system.find(child, false);
    if (found.error != 0) continue;
    if (found.node->is(S_IFLNK)) {
      char text[kPathMax];
      static_cast<void>(found.node->i_op->get_link(*found.node, text));
    }
    if (found.node->is(S_IFDIR) && depth != 0) visit(system, child, depth - 1);
  }
  char text[kPathMax];
  const lookup_result self = system.find(path);
  if (self.error == 0) static_cast<void>(directory_path(*self.node, text));
}

/// Changes things all over the tree.
void change(FileSystem& system) {
  for (int i = 0; i < 12; ++i) {
    const std::string directory = "/disk/d" + std::to_string(i % 4);
    const std::string file = directory + "/sub/file" + std::to_string(i);
    static_cast<void>(system.write_at(file, static_cast<std::uint64_t>(i) * 20000, "changed"));
    static_cast<void>(system.truncate(file, static_cast<std::uint64_t>(i) * 1000));
    static_cast<void>(system.write(directory + "/new", std::string(70000, 'n')));
    static_cast<void>(system.mkdir(directory + "/made"));
    static_cast<void>(system.rename(directory + "/sub", directory + "/made/moved"));
    static_cast<void>(system.link(file, "/disk/hard" + std::to_string(i)));
    static_cast<void>(system.unlink(file));
    static_cast<void>(system.rmdir(directory + "/made"));
    static_cast<void>(system.unlink(directory + "/new"));
  }
}

class Ext2Fuzz : public testing::TestWithParam<unsigned> {};

TEST_P(Ext2Fuzz, no_image_brings_the_kernel_down) {
  constexpr unsigned kImages = 60;
  std::mt19937 random(GetParam());
  for (unsigned i = 0; i < kImages; ++i) {
    SCOPED_TRACE("image " + std::to_string(i));
    Image image = good_image();
    corrupt(image, random);
    FileSystem system(image, 8u << 20);
    visit(system, "/disk", 4);
    change(system);
    visit(system, "/disk", 4);
    static_cast<void>(unmount_filesystems());
    static_cast<void>(take_messages());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Ext2Fuzz, testing::Range(1u, 11u));

}  // namespace
}  // namespace faultline::test
