// SPDX-License-Identifier: Apache-2.0
// Entries of directories: in linear order, each block full of them. A hash index behind them, if
// there is one, is given up with the first change.

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/slab.h"

namespace {

/// An entry in its block.
struct entry_place {
  ext2_buffer block;
  ext2_dir_entry* entry;
  ext2_dir_entry* previous;  // in the same block, or null
  std::uint64_t position;    // in the directory, in bytes

  [[nodiscard]] std::string_view name() const { return {entry->name, entry->name_len}; }
};

/// What is wrong with the entry at `offset` of a block; null: nothing.
const char* check_entry(const ext2_inode_info& directory, const ext2_dir_entry& entry,
                        std::uint32_t offset) {
  if (entry.rec_len < ext2_rec_len(1)) return "rec_len is smaller than minimal";
  if (entry.rec_len % 4 != 0) return "rec_len % 4 != 0";
  if (entry.rec_len < ext2_rec_len(entry.name_len)) return "rec_len is too small for name_len";
  if (entry.rec_len > EXT2_BLOCK_SIZE - offset) return "directory entry across blocks";
  if (entry.inode > directory.sb().s_inodes_count) return "inode out of bounds";
  if (entry.inode != 0 && entry.name_len == 0) return "name is empty";
  return nullptr;
}

int report_entry(const ext2_inode_info& directory, const entry_place& place, const char* wrong) {
  ext2_error(directory.sb(), "bad entry in directory %lu: %s - offset=%lu, inode=%u, rec_len=%u",
             directory.i_ino, wrong, place.position, place.entry->inode, place.entry->rec_len);
  return -EUCLEAN;
}

/// The block of a directory; a hole has no valid entry.
ext2_buffer read_block(inode& directory, std::uint64_t block, int& error) {
  error = 0;
  page* const p = read_mapping_page(directory.i_data, block, error);
  if (p == nullptr) {
    ext2_error(EXT2_SB(*directory.i_sb), "cannot read block %lu of directory %lu", block,
               directory.i_ino);
    return {};
  }
  error = 0;
  return ext2_buffer(p);
}

/// Calls `visit(place)` for the entries of a directory from the block of byte `first` on, unused
/// ones included, until it answers true. 1: it did; 0: it did not; or -errno.
template <typename Visit>
int visit_entries(inode& node, std::uint64_t first, Visit visit) {
  constexpr std::uint32_t kLastOffset = EXT2_BLOCK_SIZE - ext2_rec_len(1);
  ext2_inode_info& directory = EXT2_I(node);
  for (std::uint64_t block = first / EXT2_BLOCK_SIZE; block < node.i_data.i_size / EXT2_BLOCK_SIZE;
       ++block) {
    int error = 0;
    entry_place place{};
    place.block = read_block(node, block, error);
    if (!place.block) return error;
    std::uint32_t offset = 0;
    while (offset < EXT2_BLOCK_SIZE) {
      // The last bytes of the block cannot hold an entry: look at one that fits, and refuse it.
      const bool fits = offset <= kLastOffset;
      place.entry = place.block.at<ext2_dir_entry>(fits ? offset : kLastOffset);
      place.position = block * EXT2_BLOCK_SIZE + offset;
      const char* const wrong =
          fits ? check_entry(directory, *place.entry, offset) : "directory entry across blocks";
      if (wrong != nullptr) return report_entry(directory, place, wrong);
      const std::uint32_t next = offset + place.entry->rec_len;
      if (visit(place)) return 1;
      place.previous = place.entry;
      offset = next;
    }
  }
  return 0;
}

/// Finds an entry by its name: 0, -ENOENT or another -errno.
int find_place(inode& directory, std::string_view name, entry_place& found) {
  const int result = visit_entries(directory, 0, [name, &found](entry_place& place) {
    if (place.entry->inode == 0 || place.name() != name) return false;
    found = std::move(place);
    return true;
  });
  if (result < 0) return result;
  return result == 1 ? 0 : -ENOENT;
}

std::uint8_t file_type_of(const inode& node) {
  if (!EXT2_SB(*node.i_sb).s_filetype) return EXT2_FT_UNKNOWN;
  switch (node.i_mode & S_IFMT) {
    case S_IFREG:
      return EXT2_FT_REG_FILE;
    case S_IFDIR:
      return EXT2_FT_DIR;
    case S_IFCHR:
      return EXT2_FT_CHRDEV;
    case S_IFBLK:
      return EXT2_FT_BLKDEV;
    case S_IFIFO:
      return EXT2_FT_FIFO;
    case S_IFSOCK:
      return EXT2_FT_SOCK;
    case S_IFLNK:
      return EXT2_FT_SYMLINK;
    default:
      return EXT2_FT_UNKNOWN;
  }
}

/// DT_* of getdents64 for an entry.
unsigned dir_type_of(const ext2_sb_info& sb, const ext2_dir_entry& entry) {
  constexpr std::uint32_t kModes[] = {0,       S_IFREG, S_IFDIR,  S_IFCHR,
                                      S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK};
  constexpr std::size_t kTypes = sizeof(kModes) / sizeof(kModes[0]);
  return sb.s_filetype && entry.file_type < kTypes ? dir_type(kModes[entry.file_type]) : 0;
}

void fill_entry(ext2_dir_entry& entry, std::uint32_t rec_len, std::string_view name,
                const inode& node) {
  entry.inode = static_cast<std::uint32_t>(node.i_ino);
  entry.rec_len = static_cast<std::uint16_t>(rec_len);
  entry.name_len = static_cast<std::uint8_t>(name.size());
  entry.file_type = file_type_of(node);
  std::memcpy(entry.name, name.data(), name.size());
}

void changed(inode& directory) {
  EXT2_I(directory).i_flags &= ~EXT2_INDEX_FL;
  directory.i_mtime = directory.i_ctime = current_time();
  mark_inode_dirty(directory);
}

/// Bytes that an entry leaves unused behind its name.
std::uint32_t room_in(const ext2_dir_entry& entry) {
  return entry.inode == 0 ? entry.rec_len : entry.rec_len - ext2_rec_len(entry.name_len);
}

/// Puts an entry behind the one at `place`, or in its stead if that is unused.
void insert_at(const entry_place& place, std::string_view name, const inode& node) {
  ext2_dir_entry* entry = place.entry;
  std::uint32_t rec_len = entry->rec_len;
  if (entry->inode != 0) {
    const std::uint32_t used = ext2_rec_len(entry->name_len);
    entry->rec_len = static_cast<std::uint16_t>(used);
    rec_len -= used;
    entry = reinterpret_cast<ext2_dir_entry*>(reinterpret_cast<char*>(entry) + used);
  }
  fill_entry(*entry, rec_len, name, node);
  place.block.mark_dirty();
}

/// Appends a block to a directory, filled by `fill(block)`. 0 or -errno.
template <typename Fill>
int append_block(inode& directory, Fill fill) {
  auto* const block = static_cast<char*>(kzalloc(EXT2_BLOCK_SIZE));
  if (block == nullptr) return -ENOMEM;
  fill(block);
  const std::int64_t written =
      filemap_write(directory.i_data, directory.i_data.i_size, block, EXT2_BLOCK_SIZE);
  kfree(block);
  if (written < 0) return static_cast<int>(written);
  changed(directory);
  return 0;
}

int iterate(open_file& f, dir_context& context) {
  inode& directory = *f.node;
  const ext2_sb_info& sb = EXT2_SB(*directory.i_sb);
  bool bad_name = false;
  const int result = visit_entries(directory, f.pos, [&](entry_place& place) {
    if (place.position < f.pos) return false;
    const std::uint64_t next = place.position + place.entry->rec_len;
    if (place.entry->inode != 0) {
      constexpr std::string_view kForbidden("/\0", 2);
      bad_name = place.name().find_first_of(kForbidden) != std::string_view::npos;
      if (bad_name) {
        report_entry(EXT2_I(directory), place, "bad character in name");
        return true;
      }
      if (!context.actor(context, place.name(), place.entry->inode, dir_type_of(sb, *place.entry),
                         next)) {
        return true;
      }
    }
    f.pos = next;
    return false;
  });
  if (result < 0) return result;
  return bad_name ? -EUCLEAN : 0;
}

}  // namespace

int ext2_find_entry(inode& directory, std::string_view name, std::uint32_t& ino) {
  entry_place place{};
  const int error = find_place(directory, name, place);
  if (error == 0) ino = place.entry->inode;
  return error;
}

int ext2_add_link(inode& directory, std::string_view name, const inode& node) {
  const std::uint32_t needed = ext2_rec_len(name.size());
  const int result = visit_entries(directory, 0, [&](entry_place& place) {
    if (room_in(*place.entry) < needed) return false;
    insert_at(place, name, node);
    return true;
  });
  if (result < 0) return result;
  if (result == 1) {
    changed(directory);
    return 0;
  }
  return append_block(directory, [&](char* block) {
    fill_entry(*reinterpret_cast<ext2_dir_entry*>(block), EXT2_BLOCK_SIZE, name, node);
  });
}

int ext2_delete_entry(inode& directory, std::string_view name) {
  entry_place place{};
  const int error = find_place(directory, name, place);
  if (error != 0) return error;
  if (place.previous != nullptr) {
    place.previous->rec_len =
        static_cast<std::uint16_t>(place.previous->rec_len + place.entry->rec_len);
  }
  place.entry->inode = 0;
  place.block.mark_dirty();
  changed(directory);
  return 0;
}

int ext2_set_link(inode& directory, std::string_view name, const inode& node) {
  entry_place place{};
  const int error = find_place(directory, name, place);
  if (error != 0) return error;
  place.entry->inode = static_cast<std::uint32_t>(node.i_ino);
  place.entry->file_type = file_type_of(node);
  place.block.mark_dirty();
  changed(directory);
  return 0;
}

int ext2_make_empty(inode& directory, const inode& parent) {
  return append_block(directory, [&](char* block) {
    constexpr std::uint32_t kFirst = ext2_rec_len(1);
    fill_entry(*reinterpret_cast<ext2_dir_entry*>(block), kFirst, ".", directory);
    fill_entry(*reinterpret_cast<ext2_dir_entry*>(block + kFirst), EXT2_BLOCK_SIZE - kFirst, "..",
               parent);
  });
}

int ext2_empty_dir(inode& directory) {
  const int result = visit_entries(directory, 0, [](const entry_place& place) {
    return place.entry->inode != 0 && place.name() != "." && place.name() != "..";
  });
  if (result < 0) return result;
  return result == 1 ? -ENOTEMPTY : 0;
}

const file_operations ext2_dir_operations = {.iterate = iterate, .seekable = true};
