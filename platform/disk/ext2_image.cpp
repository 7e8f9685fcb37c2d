// SPDX-License-Identifier: Apache-2.0
#include "platform/disk/ext2_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <span>

#include "models/common/types.h"
#include "platform/disk/ext2_library.h"
#include "platform/loader/guest_path.h"

namespace faultline {

namespace {

constexpr std::uint64_t kBlockBytes = 4096;
constexpr unsigned kLogBlockSize = 2;  // of 1 KiB << 2
constexpr std::uint64_t kInodeBytes = 256;
constexpr std::uint64_t kLeastBlocks = 256;
constexpr std::uint64_t kMostBlocks = std::uint64_t{1} << 29;  // 2 TiB
/// Pointers to blocks in an inode, and in a block.
constexpr std::uint64_t kDirectBlocks = 12;
constexpr std::uint64_t kBlocksPerBlock = kBlockBytes / 4;
/// One inode for so many bytes that the guest may write, and some more.
constexpr std::uint64_t kBytesPerInode = 16'384;
constexpr std::uint64_t kSpareInodes = 64;
constexpr std::uint64_t kLongestDirectoryEntry = 264;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

/// Everything that would else be the time or chance of the making.
constexpr std::time_t kMadeAt = 946'684'800;  // 2000-01-01 00:00:00 UTC
constexpr std::array<unsigned char, 16> kUuid = {'f', 'a', 'u',  'l', 't',  'l', 'i', 'n',
                                                 'e', 0,   0x40, 0,   0x80, 0,   0,   1};

using Tree = std::map<std::string, DiskEntry>;

/// By plain path, with every directory, and the one that e2fsck wants to find; a later entry takes
/// the place of an earlier one.
Tree arrange(std::vector<DiskEntry> entries) {
  Tree tree;
  for (DiskEntry& entry : entries) {
    std::string path = plain_guest_path(entry.path, "disk");
    tree.insert_or_assign(std::move(path), std::move(entry));
  }
  std::vector<std::string> above = {"lost+found"};
  for (const auto& [path, entry] : tree) {
    for (auto slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      above.push_back(path.substr(0, slash));
    }
  }
  for (const std::string& path : above) {
    const auto [found, added] = tree.try_emplace(
        path, DiskEntry{.path = "/" + path, .content = DiskEntry::Directory{}, .mode = 0755});
    if (!std::holds_alternative<DiskEntry::Directory>(found->second.content)) {
      throw LoadError(fmt::format("disk path \"/{}\": is a file and has files below it", path));
    }
  }
  return tree;
}

std::uint64_t size_of(const DiskEntry& entry) {
  if (const auto* bytes = std::get_if<std::vector<unsigned char>>(&entry.content)) {
    return bytes->size();
  }
  if (const auto* host = std::get_if<std::filesystem::path>(&entry.content)) {
    std::error_code error;
    const std::uint64_t bytes = std::filesystem::file_size(*host, error);
    if (!error) return bytes;
    throw LoadError(fmt::format("{}: cannot be read (for the disk's {}): {}", host->string(),
                                entry.path, error.message()));
  }
  return 0;
}

/// Blocks that `content_blocks` of a file take, with those that point to them.
std::uint64_t with_pointers(std::uint64_t content_blocks) {
  std::uint64_t all = content_blocks;
  std::uint64_t level = content_blocks > kDirectBlocks ? content_blocks - kDirectBlocks : 0;
  while (level > 0) {
    level = (level + kBlocksPerBlock - 1) / kBlocksPerBlock;
    all += level + 1;
    if (level == 1) break;
  }
  return all;
}

std::uint64_t blocks_of(std::uint64_t bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes;
}

/// What a tree takes in blocks, or a little more.
std::uint64_t content_blocks(const Tree& tree) {
  std::uint64_t blocks = 0;
  std::map<std::string, std::uint64_t> directory_bytes;
  for (const auto& [path, entry] : tree) {
    const auto slash = path.rfind('/');
    const std::string above = slash == std::string::npos ? "" : path.substr(0, slash);
    directory_bytes[above] += 12 + (path.size() - above.size());
    blocks += with_pointers(blocks_of(size_of(entry))) + 1;
  }
  for (const auto& [path, bytes] : directory_bytes) {
    blocks += with_pointers(bytes / (kBlockBytes - kLongestDirectoryEntry) + 1);
  }
  return blocks;
}

/// Makes one file system.
class Ext2Writer {
 public:
  Ext2Writer(const DiskMedium& medium, std::uint64_t inodes) {
    ext2_super_block wanted{};
    wanted.s_rev_level = EXT2_DYNAMIC_REV;
    wanted.s_blocks_count = static_cast<__u32>(medium.bytes() / kBlockBytes);
    wanted.s_inodes_count = static_cast<__u32>(inodes);
    wanted.s_log_block_size = kLogBlockSize;
    wanted.s_log_cluster_size = kLogBlockSize;
    wanted.s_inode_size = kInodeBytes;
    wanted.s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE;
    wanted.s_feature_ro_compat =
        EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
    ext2_filsys fs = nullptr;
    require_ext2(ext2fs_initialize(medium.path().c_str(), 0, &wanted, unix_io_manager, &fs), kWhat);
    fs_.reset(fs);
    fs->now = kMadeAt;
    fs->super->s_mkfs_time = kMadeAt;
    fs->super->s_lastcheck = kMadeAt;
    std::ranges::copy(kUuid, std::begin(fs->super->s_uuid));
    std::memcpy(fs->super->s_hash_seed, kUuid.data(), kUuid.size());
    fs->super->s_def_hash_version = EXT2_HASH_HALF_MD4;
    fs->super->s_flags = EXT2_FLAGS_SIGNED_HASH;  // not that of the host
    require_ext2(ext2fs_allocate_tables(fs), kWhat);
  }

  [[nodiscard]] std::uint64_t free_blocks() const { return ext2fs_free_blocks_count(fs_->super); }

  void write(const Tree& tree) {
    begin();
    for (const auto& [path, entry] : tree) {
      if (std::holds_alternative<DiskEntry::Directory>(entry.content)) {
        inodes_[path] = add_directory(parent_of(path), name_of(path));
      } else if (const auto* link = std::get_if<DiskEntry::Link>(&entry.content)) {
        add_link(path, link->target);
      } else {
        add_file(path, entry);
      }
    }
    ext2_filsys fs = fs_.release();
    require_ext2(ext2fs_close_free(&fs), kWhat);
  }

 private:
  static constexpr const char* kWhat = "disk image";

  static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
  [[nodiscard]] ext2_ino_t parent_of(const std::string& path) const {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? EXT2_ROOT_INO : inodes_.at(path.substr(0, slash));
  }
  static std::string what(const std::string& path) { return fmt::format("disk image, /{}", path); }

  /// The inodes that every file system has, and the root.
  void begin() {
    for (ext2_ino_t inode = 1; inode < EXT2_FIRST_INODE(fs_->super); ++inode) {
      if (inode != EXT2_ROOT_INO) ext2fs_inode_alloc_stats2(fs_.get(), inode, +1, 0);
    }
    badblocks_list none = nullptr;
    require_ext2(ext2fs_badblocks_list_create(&none, 0), kWhat);
    const errcode_t code = ext2fs_update_bb_inode(fs_.get(), none);
    ext2fs_badblocks_list_free(none);
    require_ext2(code, kWhat);
    require_ext2(ext2fs_mkdir(fs_.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, nullptr), kWhat);
  }

  ext2_ino_t new_inode(ext2_ino_t directory, unsigned mode, const std::string& what) {
    ext2_ino_t inode = 0;
    require_ext2(ext2fs_new_inode(fs_.get(), directory, static_cast<int>(mode), nullptr, &inode),
                 what);
    return inode;
  }

  /// Runs an operation that enters a name into `directory`; if there is no room, it makes some.
  template <typename Enter>
  void enter(ext2_ino_t directory, const std::string& what, Enter operation) {
    errcode_t code = operation();
    if (code == EXT2_ET_DIR_NO_SPACE) {
      require_ext2(ext2fs_expand_dir(fs_.get(), directory), what);
      code = operation();
    }
    require_ext2(code, what);
  }

  ext2_ino_t add_directory(ext2_ino_t parent, const std::string& name) {
    const ext2_ino_t inode = new_inode(parent, LINUX_S_IFDIR | 0755, what(name));
    enter(parent, what(name), [&] { return ext2fs_mkdir(fs_.get(), parent, inode, name.c_str()); });
    return inode;
  }

  void add_link(const std::string& path, const std::string& target) {
    const ext2_ino_t parent = parent_of(path);
    const std::string name = name_of(path);
    const ext2_ino_t inode = new_inode(parent, LINUX_S_IFLNK | 0777, what(path));
    enter(parent, what(path),
          [&] { return ext2fs_symlink(fs_.get(), parent, inode, name.c_str(), target.c_str()); });
  }

  void add_file(const std::string& path, const DiskEntry& entry) {
    const ext2_ino_t parent = parent_of(path);
    const std::string name = name_of(path);
    const unsigned mode = LINUX_S_IFREG | entry.mode;
    const ext2_ino_t number = new_inode(parent, mode, what(path));
    enter(parent, what(path),
          [&] { return ext2fs_link(fs_.get(), parent, name.c_str(), number, EXT2_FT_REG_FILE); });
    ext2fs_inode_alloc_stats2(fs_.get(), number, +1, 0);
    ext2_inode inode{};
    inode.i_mode = static_cast<__u16>(mode);
    inode.i_links_count = 1;
    require_ext2(ext2fs_write_new_inode(fs_.get(), number, &inode), what(path));
    write_content(number, path, entry);
  }

  void write_content(ext2_ino_t inode, const std::string& path, const DiskEntry& entry) {
    ext2_file_t file = nullptr;
    require_ext2(ext2fs_file_open(fs_.get(), inode, EXT2_FILE_WRITE, &file), what(path));
    const auto close = [](ext2_file* open) { ext2fs_file_close(open); };
    const std::unique_ptr<ext2_file, decltype(close)> owner(file, close);
    const auto append = [&](std::span<const unsigned char> bytes) {
      while (!bytes.empty()) {
        unsigned written = 0;
        const auto chunk = static_cast<unsigned>(std::min(bytes.size(), kChunkBytes));
        require_ext2(ext2fs_file_write(file, bytes.data(), chunk, &written), what(path));
        bytes = bytes.subspan(written);
      }
    };
    if (const auto* bytes = std::get_if<std::vector<unsigned char>>(&entry.content)) {
      append(*bytes);
    } else {
      append_host_file(std::get<std::filesystem::path>(entry.content), entry, append);
    }
    require_ext2(ext2fs_file_flush(file), what(path));
  }

  template <typename Append>
  static void append_host_file(const std::filesystem::path& host, const DiskEntry& entry,
                               Append append) {
    std::ifstream in(host, std::ios::binary);
    std::vector<unsigned char> chunk(kChunkBytes);
    while (in) {
      in.read(reinterpret_cast<char*>(chunk.data()), static_cast<std::streamsize>(chunk.size()));
      append({chunk.data(), static_cast<std::size_t>(in.gcount())});
    }
    if (!in.eof()) {
      throw LoadError(
          fmt::format("{}: cannot be read (for the disk's {})", host.string(), entry.path));
    }
  }

  Ext2Handle fs_;
  std::map<std::string, ext2_ino_t> inodes_;  // of directories, by path
};

}  // namespace

std::unique_ptr<DiskMedium> make_ext2_image(std::vector<DiskEntry> entries,
                                            std::uint64_t free_bytes) {
  const Tree tree = arrange(std::move(entries));
  const std::uint64_t needed = content_blocks(tree) + with_pointers(blocks_of(free_bytes));
  const std::uint64_t inodes = tree.size() + kSpareInodes + free_bytes / kBytesPerInode;
  // What the file system itself takes is only known when it is there.
  for (std::uint64_t blocks = std::max(needed, kLeastBlocks);;) {
    if (blocks > kMostBlocks) {
      throw LoadError(
          fmt::format("disk: {} blocks of {} bytes for files and room are not allowed: at most {}",
                      blocks, kBlockBytes, kMostBlocks));
    }
    auto medium = std::make_unique<DiskMedium>(blocks * kBlockBytes);
    Ext2Writer writer(*medium, inodes);
    if (writer.free_blocks() >= needed) {
      writer.write(tree);
      return medium;
    }
    blocks += needed - writer.free_blocks();
  }
}

}  // namespace faultline
