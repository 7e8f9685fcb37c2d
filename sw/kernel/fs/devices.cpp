// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/devices.h"

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/console.h"
#include "sw/kernel/fs/ramfs.h"
#include "sw/kernel/kernel.h"

namespace {

std::int64_t read_null(open_file&, std::uintptr_t, std::uint64_t, std::uint64_t&) {
  return 0;
}

std::int64_t write_null(open_file&, std::uintptr_t, std::uint64_t size, std::uint64_t&) {
  return static_cast<std::int64_t>(size);
}

std::int64_t read_zero(open_file&, std::uintptr_t to, std::uint64_t size, std::uint64_t&) {
  const std::uint64_t cleared = size - clear_user(to, size);
  return cleared == 0 && size != 0 ? -EFAULT : static_cast<std::int64_t>(cleared);
}

const file_operations kNullOperations = {.read = read_null, .write = write_null, .seekable = true};
const file_operations kZeroOperations = {.read = read_zero, .write = write_null, .seekable = true};

/// A node called `name` in a directory that is new or known not to have it.
inode_ref make_node(inode& directory, std::string_view name, std::uint32_t mode) {
  inode* made = nullptr;
  if (ramfs_mknod(directory, name, mode, made) != 0) panic("no memory for the devices");
  return inode_ref(made);
}

inode_ref make_directory(std::string_view path, std::string_view name, std::uint32_t mode) {
  lookup_result found = lookup_path(*root_inode(), path, true);
  if (found.error == 0) return std::move(found.node);
  return make_node(*root_inode(), name, S_IFDIR | mode);
}

void make_device(inode& directory, std::string_view name, std::uint64_t number,
                 const file_operations& operations) {
  const inode_ref node = make_node(directory, name, S_IFCHR | 0666);
  node->i_rdev = number;
  node->i_fop = &operations;
}

}  // namespace

void make_devices() {
  const inode_ref dev = make_directory("/dev", "dev", 0755);
  make_device(*dev, "console", kConsoleDevice, console_operations);
  make_device(*dev, "null", kNullDevice, kNullOperations);
  make_device(*dev, "zero", kZeroDevice, kZeroOperations);
  static_cast<void>(make_directory("/tmp", "tmp", 01777));
}

bool maps_zero_device(const open_file& f) {
  return f.f_op == &kZeroOperations;
}
