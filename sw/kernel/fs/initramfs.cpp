// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/initramfs.h"

#include "sw/kernel/fs/file.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/lib/cpio.h"

namespace {

constexpr std::uint32_t kDirectoryMode = S_IFDIR | 0755;
constexpr std::uint32_t kConsoleMode = S_IFCHR | 0600;

inode& get_or_make(inode& directory, std::string_view name, std::uint32_t mode) {
  inode* node = find_entry(directory, name);
  if (node == nullptr) node = make_inode(directory, name, mode);
  if (node == nullptr) panic("no memory for the initial archive");
  return *node;
}

/// Makes the node that `path` names and the directories on the way to it.
inode& make_path(std::string_view path, std::uint32_t mode) {
  inode* at = root_inode();
  for (;;) {
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(component.size());
    if (component.empty()) return *at;
    const bool last = path.find_first_not_of('/') == std::string_view::npos;
    at = &get_or_make(*at, component, last ? mode : kDirectoryMode);
  }
}

void unpack(const lib::CpioEntry& entry) {
  const std::uint32_t type = entry.mode & S_IFMT;
  if (type != S_IFDIR && type != S_IFREG && type != S_IFLNK) return;
  inode& node = make_path(entry.name, entry.mode);
  if (type == S_IFDIR) return;
  if (type == S_IFREG) node.operations = &regular_file_operations;
  node.i_data.i_size = entry.data.size();
  if (page_cache_fill(node.i_data, entry.data.data()) != 0) {
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

void make_devices() {
  inode& console = make_path("dev/console", kConsoleMode);
  console.rdev = kConsoleDevice;
  console.operations = &console_operations;
}
