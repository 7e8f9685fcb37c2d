// SPDX-License-Identifier: Apache-2.0
// What is asked of an image before the guest gets it, and where its files lie.

#include <fmt/format.h>

#include <cstddef>
#include <cstring>

#include "platform/disk/ext2_image.h"
#include "platform/disk/ext2_library.h"

namespace faultline {

namespace {

constexpr std::uint64_t kSuperBlockAt = 1024;
constexpr unsigned kLogBlockSize = 2;
constexpr std::uint64_t kBlockBytes = 4096;
constexpr std::uint64_t kSectorsPerBlock = kBlockBytes / DiskMedium::kSectorBytes;
constexpr std::uint32_t kIncompatible = EXT2_FEATURE_INCOMPAT_FILETYPE;
constexpr std::uint32_t kReadOnlyCompatible =
    EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
/// Compatible features that the guest can leave as they are when it writes.
constexpr std::uint32_t kCompatible =
    EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_RESIZE_INODE;
constexpr const char* kHowToMake =
    "; `mke2fs -t ext2 -b 4096 -O none,filetype,sparse_super,large_file` makes such an image";

/// Complains about one field of the super block.
struct FieldCheck {
  const std::string& name;

  void require(bool good, const char* field, std::size_t offset, const std::string& found,
               const std::string& allowed) const {
    if (good) return;
    throw LoadError(fmt::format("{}: {} (byte {}) is {}; allowed: {}", name, field,
                                kSuperBlockAt + offset, found, allowed));
  }
};

#define FIELD(name) offsetof(ext2_super_block, name)

void check_super_block(const ext2_super_block& super, const FieldCheck& check) {
  check.require(super.s_magic == EXT2_SUPER_MAGIC, "the magic number", FIELD(s_magic),
                fmt::format("{:#06x}", super.s_magic),
                fmt::format("{:#06x}, an ext2 file system", EXT2_SUPER_MAGIC));
  check.require(super.s_rev_level == EXT2_DYNAMIC_REV, "the revision", FIELD(s_rev_level),
                std::to_string(super.s_rev_level), "1");
  check.require(super.s_log_block_size == kLogBlockSize, "the block size", FIELD(s_log_block_size),
                fmt::format("1 KiB << {}", super.s_log_block_size), "1 KiB << 2");
  const auto features = [&](const char* field, std::size_t offset, std::uint32_t found,
                            std::uint32_t allowed, const char* names) {
    check.require((found & ~allowed) == 0, field, offset, fmt::format("{:#x}", found),
                  names + std::string(kHowToMake));
  };
  features("the set of compatible features", FIELD(s_feature_compat), super.s_feature_compat,
           kCompatible, "none but ext_attr and resize_inode");
  features("the set of incompatible features", FIELD(s_feature_incompat), super.s_feature_incompat,
           kIncompatible, "filetype only");
  features("the set of read-only compatible features", FIELD(s_feature_ro_compat),
           super.s_feature_ro_compat, kReadOnlyCompatible, "sparse_super and large_file only");
  check.require(super.s_inode_size == 128 || super.s_inode_size == 256, "the inode size",
                FIELD(s_inode_size), std::to_string(super.s_inode_size), "128 or 256");
  check.require((super.s_state & EXT2_VALID_FS) != 0 && (super.s_state & EXT2_ERROR_FS) == 0,
                "the state", FIELD(s_state), fmt::format("{:#x}", super.s_state),
                "1, cleanly unmounted and without errors; e2fsck mends it");
}

#undef FIELD

/// Collects blocks of content in the order of the file.
int collect_block(ext2_filsys /*fs*/, blk64_t* block, e2_blkcnt_t index, blk64_t /*pointer*/,
                  int /*offset*/, void* ranges) {
  if (index < 0) return 0;  // a block of pointers
  auto& all = *static_cast<std::vector<SectorRange>*>(ranges);
  const std::uint64_t first = *block * kSectorsPerBlock;
  if (!all.empty() && all.back().first + all.back().count == first) {
    all.back().count += kSectorsPerBlock;
  } else {
    all.push_back({first, kSectorsPerBlock});
  }
  return 0;
}

}  // namespace

void check_ext2_image(const DiskMedium& medium, const std::string& name) {
  if (medium.bytes() < kSuperBlockAt + sizeof(ext2_super_block)) {
    throw LoadError(fmt::format("{}: has {} bytes; allowed: an ext2 file system, which has more",
                                name, medium.bytes()));
  }
  ext2_super_block super{};
  std::memcpy(&super, medium.data() + kSuperBlockAt, sizeof super);
  check_super_block(super, {name});
  if (super.s_blocks_count > medium.bytes() / kBlockBytes) {
    throw LoadError(
        fmt::format("{}: is cut off: the file system has {} blocks of 4096 bytes, the image {}",
                    name, super.s_blocks_count, medium.bytes() / kBlockBytes));
  }
  const Ext2Handle fs = open_ext2(medium, name);
  require_ext2(ext2fs_check_desc(fs.get()), fmt::format("{}: its group descriptors", name));
  require_ext2(ext2fs_check_directory(fs.get(), EXT2_ROOT_INO),
               fmt::format("{}: its root (inode 2)", name));
}

std::vector<SectorRange> sectors_of_file(const DiskMedium& medium, const std::string& path) {
  const Ext2Handle fs = open_ext2(medium, "disk");
  ext2_ino_t number = 0;
  ext2_inode inode{};
  const std::string what = fmt::format("disk file {}", path);
  require_ext2(ext2fs_namei_follow(fs.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, path.c_str(), &number),
               what);
  require_ext2(ext2fs_read_inode(fs.get(), number, &inode), what);
  if (!LINUX_S_ISREG(inode.i_mode)) {
    throw LoadError(fmt::format("{} is no regular file", what));
  }
  std::vector<SectorRange> ranges;
  require_ext2(ext2fs_block_iterate3(fs.get(), number, BLOCK_FLAG_READ_ONLY, nullptr, collect_block,
                                     &ranges),
               what);
  return ranges;
}

}  // namespace faultline
