// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/fs/file_system.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ramfs.h"
#include "sw/kernel/fs/super_block.h"

namespace faultline::test {

namespace {

struct NameList : dir_context {
  std::map<std::string, unsigned> names;
};

bool add_name(dir_context& context, std::string_view name, std::uint64_t, unsigned type,
              std::uint64_t) {
  if (name != "." && name != "..") static_cast<NameList&>(context).names[std::string(name)] = type;
  return true;
}

std::uintptr_t user(const void* p) {
  return reinterpret_cast<std::uintptr_t>(p);
}

}  // namespace

FileSystem::FileSystem(const Image& image, std::uint64_t ram_bytes)
    : machine_(ram_bytes), disk_(machine_, "vda", (image.size() + PAGE_SIZE - 1) / PAGE_SIZE) {
  std::copy(image.begin(), image.end(), disk_.page_bytes(0));
  inode_init();
  ramfs_init();
  mount_disk();
}

bool FileSystem::mounted() {
  const lookup_result found = find("/disk");
  return found.error == 0 && found.node->i_sb->s_bdev != nullptr;
}

Image FileSystem::image() {
  const std::uint64_t bytes = disk_.bdev().sectors << SECTOR_SHIFT;
  return Image(disk_.page_bytes(0), disk_.page_bytes(0) + bytes);
}

Image FileSystem::unmount() {
  EXPECT_EQ(unmount_filesystems(), 0);
  return image();
}

open_file* FileSystem::open(std::string_view path, unsigned flags, int* error) {
  int result = 0;
  open_file* const f = open_path(root(), path, flags, 0644, result);
  if (error != nullptr) *error = result;
  return f;
}

int FileSystem::try_open(std::string_view path, unsigned flags) {
  int error = 0;
  open_file* const f = open(path, flags, &error);
  if (f != nullptr) fput(*f);
  return error;
}

int FileSystem::write(std::string_view path, std::string_view content) {
  int error = 0;
  open_file* const f = open(path, O_WRONLY | O_CREAT | O_TRUNC, &error);
  if (f == nullptr) return error;
  const std::int64_t written = f->f_op->write(*f, user(content.data()), content.size(), f->pos);
  fput(*f);
  if (written < 0) return static_cast<int>(written);
  return static_cast<std::size_t>(written) == content.size() ? 0 : -ENOSPC;
}

std::int64_t FileSystem::write_at(std::string_view path, std::uint64_t offset,
                                  std::string_view content) {
  int error = 0;
  open_file* const f = open(path, O_WRONLY | O_CREAT, &error);
  if (f == nullptr) return error;
  const std::int64_t written = f->f_op->write(*f, user(content.data()), content.size(), offset);
  fput(*f);
  return written;
}

std::string FileSystem::read(std::string_view path) {
  int error = 0;
  open_file* const f = open(path, O_RDONLY, &error);
  EXPECT_EQ(error, 0) << path;
  if (f == nullptr) return {};
  std::string content(f->node->i_data.i_size, '?');
  const std::int64_t count = f->f_op->read(*f, user(content.data()), content.size(), f->pos);
  EXPECT_EQ(count, static_cast<std::int64_t>(content.size())) << path;
  fput(*f);
  return content;
}

std::int64_t FileSystem::try_read(std::string_view path) {
  int error = 0;
  open_file* const f = open(path, O_RDONLY, &error);
  if (f == nullptr) return error;
  // In pieces: what a corrupt image gives as size may be more than there is memory.
  std::string piece(PAGE_SIZE * 8, '?');
  std::int64_t total = 0;
  std::int64_t count = 0;
  do {
    count = f->f_op == nullptr || f->f_op->read == nullptr
                ? -EINVAL
                : f->f_op->read(*f, user(piece.data()), piece.size(), f->pos);
    total += std::max<std::int64_t>(count, 0);
  } while (count > 0 && total < std::int64_t{64} << 20);
  fput(*f);
  return count < 0 ? count : total;
}

int FileSystem::try_list(std::string_view path) {
  int error = 0;
  open_file* const f = open(path, O_RDONLY | O_DIRECTORY, &error);
  if (f == nullptr) return error;
  NameList context;
  context.actor = add_name;
  error = f->f_op->iterate(*f, context);
  fput(*f);
  return error;
}

std::map<std::string, unsigned> FileSystem::list(std::string_view path) {
  int error = 0;
  open_file* const f = open(path, O_RDONLY | O_DIRECTORY, &error);
  EXPECT_EQ(error, 0) << path;
  if (f == nullptr) return {};
  NameList context;
  context.actor = add_name;
  EXPECT_EQ(f->f_op->iterate(*f, context), 0) << path;
  fput(*f);
  return context.names;
}

int FileSystem::link(std::string_view old_path, std::string_view path) {
  const lookup_result found = find(old_path, false);
  return found.error != 0 ? found.error : vfs_link(*found.node, root(), path);
}

int FileSystem::truncate(std::string_view path, std::uint64_t size) {
  const lookup_result found = find(path);
  return found.error != 0 ? found.error : vfs_truncate(*found.node, size);
}

}  // namespace faultline::test
