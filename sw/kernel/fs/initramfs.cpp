// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/initramfs.h"

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/namei.h"
#include "sw/kernel/fs/ramfs.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/lib/cpio.h"

namespace {

constexpr std::uint32_t kDirectoryMode = S_IFDIR | 0755;

inode_ref get_or_make(inode& directory, std::string_view name, std::uint32_t mode) {
  lookup_result found = lookup_one(directory, name);
  if (found.error == 0) return std::move(found.node);
  inode* made = nullptr;
  if (found.error != -ENOENT || ramfs_mknod(directory, name, mode, made) != 0) {
    panic("the initial archive cannot be unpacked at %.*s (error %d)",
          static_cast<int>(name.size()), name.data(), -found.error);
  }
  return inode_ref(made);
}

/// Makes the node that `path` names and the directories on the way to it.
inode_ref make_path(std::string_view path, std::uint32_t mode) {
  inode_ref at = inode_ref::hold(*root_inode());
  for (;;) {
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(component.size());
    if (component.empty()) return at;
    const bool last = path.find_first_not_of('/') == std::string_view::npos;
    at = get_or_make(*at, component, last ? mode : kDirectoryMode);
  }
}

void unpack(const lib::CpioEntry& entry) {
  const std::uint32_t type = entry.mode & S_IFMT;
  if (type != S_IFDIR && type != S_IFREG && type != S_IFLNK) return;
  const inode_ref node = make_path(entry.name, entry.mode);
  if (type == S_IFDIR || node->i_data.nrpages != 0) return;
  node->i_data.i_size = entry.data.size();
  if (page_cache_fill(node->i_data, entry.data.data()) != 0) {
    panic("no memory for /%.*s of the initial archive", static_cast<int>(entry.name.size()),
          entry.name.data());
  }
}

}  // namespace

void unpack_to_rootfs(std::span<const std::uint8_t> archive) {
  lib::CpioReader reader(archive);
  lib::CpioEntry entry;
  for (;;) {
    switch (reader.next(entry)) {
      case lib::CpioStatus::kEntry:
        unpack(entry);
        break;
      case lib::CpioStatus::kEnd:
        return;
      case lib::CpioStatus::kTruncated:
        panic("the initial archive is truncated");
      case lib::CpioStatus::kBadHeader:
        panic("the initial archive is no cpio archive of format newc");
    }
  }
}
