// SPDX-License-Identifier: Apache-2.0
// Reading and writing regular files through the page cache.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"

namespace {

std::uint64_t smaller(std::uint64_t a, std::uint64_t b) {
  return a < b ? a : b;
}

std::int64_t moved_or(std::uint64_t moved, std::int64_t error) {
  return moved != 0 ? static_cast<std::int64_t>(moved) : error;
}

/// Copies from the page cache straight to user memory, page by page.
std::int64_t read_regular(open_file& f, std::uintptr_t to, std::uint64_t size, std::uint64_t& pos) {
  address_space& mapping = f.node->i_data;
  std::uint64_t done = 0;
  while (done < size && pos < mapping.i_size) {
    const std::uint64_t end = smaller(pos + (size - done), mapping.i_size);
    int error = 0;
    page* const p = filemap_get_page(mapping, f.f_ra, pos / PAGE_SIZE,
                                     (end + PAGE_SIZE - 1) / PAGE_SIZE, error);
    if (p == nullptr) return moved_or(done, error);
    const std::uint64_t offset = pos % PAGE_SIZE;
    // The file may have become shorter while its page was read.
    const std::uint64_t chunk =
        pos < mapping.i_size ? smaller(smaller(end, mapping.i_size) - pos, PAGE_SIZE - offset) : 0;
    const char* const from = static_cast<const char*>(page_address(p)) + offset;
    const std::uint64_t copied = chunk - copy_to_user(to + done, from, chunk);
    put_page(p);
    pos += copied;
    f.f_ra.prev_pos = pos;
    done += copied;
    if (copied < chunk) return moved_or(done, -EFAULT);
  }
  return static_cast<std::int64_t>(done);
}

/// Copies by way of a page of its own: user memory may have to be faulted in, and no page of the
/// cache may be locked meanwhile.
std::int64_t copy_in(inode& node, std::uintptr_t from, std::uint64_t size, std::uint64_t& pos) {
  page* const between = alloc_pages(GFP_KERNEL, 0);
  if (between == nullptr) return -ENOMEM;
  void* const buffer = page_address(between);
  std::uint64_t done = 0;
  std::int64_t error = 0;
  while (done < size && error == 0) {
    const std::uint64_t chunk = smaller(size - done, PAGE_SIZE - pos % PAGE_SIZE);
    const std::uint64_t copied = chunk - copy_from_user(buffer, from + done, chunk);
    if (copied == 0) {
      error = -EFAULT;
      break;
    }
    const std::int64_t written = filemap_write(node.i_data, pos, buffer, copied);
    if (written > 0) {
      pos += static_cast<std::uint64_t>(written);
      done += static_cast<std::uint64_t>(written);
    }
    if (written < 0) {
      error = written;
    } else if (static_cast<std::uint64_t>(written) < chunk) {
      break;
    }
  }
  put_page(between);
  return moved_or(done, error);
}

std::int64_t write_regular(open_file& f, std::uintptr_t from, std::uint64_t size,
                           std::uint64_t& pos) {
  inode& node = *f.node;
  if (size == 0) return 0;
  node.i_rwsem.write_lock();
  if ((f.flags & O_APPEND) != 0) pos = node.i_data.i_size;
  constexpr std::uint64_t kMaxOffset = ~std::uint64_t{0} >> 1;
  const std::int64_t done =
      pos >= kMaxOffset ? -EFBIG : copy_in(node, from, smaller(size, kMaxOffset - pos), pos);
  if (done > 0) {
    node.i_mtime = node.i_ctime = current_time();
    mark_inode_dirty(node);
  }
  node.i_rwsem.write_unlock();
  if (done > 0 && (f.flags & O_DSYNC) != 0) {
    const int error = vfs_fsync(f);
    if (error != 0) return error;
  }
  return done;
}

}  // namespace

const file_operations generic_file_operations = {
    .read = read_regular, .write = write_regular, .seekable = true};
