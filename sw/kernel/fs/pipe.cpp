// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/pipe.h"

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/wait.h"

namespace {

constexpr unsigned kBuffers = 16;                   // Linux: PIPE_DEF_BUFFERS
constexpr std::uint64_t kPipefsMagic = 0x50495045;  // Linux: PIPEFS_MAGIC
constexpr std::uint64_t kPipeDevice = 8;

/// A page of the ring.
struct pipe_buffer {
  page* p;
  std::uint64_t offset;  // of the first byte that was not read
  std::uint64_t size;    // bytes from there on
};

struct pipe_inode : inode {
  pipe_buffer buffers[kBuffers];
  unsigned tail;  // oldest buffer in use
  unsigned used;
  unsigned readers, writers;
  rw_semaphore lock;  // held while the ring changes, and while user memory is copied
  wait_queue_head readable, writable;
};

pipe_inode& self(inode& node) {
  return static_cast<pipe_inode&>(node);
}
pipe_inode& self(open_file& f) {
  return self(*f.node);
}

inode* alloc_inode() {
  return static_cast<pipe_inode*>(kzalloc(sizeof(pipe_inode)));
}

void free_inode(inode& node) {
  pipe_inode& pipe = self(node);
  for (; pipe.used != 0; --pipe.used, ++pipe.tail) put_page(pipe.buffers[pipe.tail % kBuffers].p);
  kfree(&pipe);
}

void statfs(super_block&, kstatfs& to) {
  to = {.type = kPipefsMagic, .block_size = PAGE_SIZE};
}

constexpr super_operations kSuperOperations = {
    .alloc_inode = alloc_inode, .free_inode = free_inode, .statfs = statfs};

/// The file system of all pipes; it has no tree and is not mounted.
super_block& pipe_super() {
  static constinit super_block sb{};
  if (sb.s_op == nullptr) {
    sb.s_type = "pipefs";
    sb.s_dev = kPipeDevice;
    sb.s_op = &kSuperOperations;
    sb.s_inodes.init();
  }
  return sb;
}

pipe_buffer& newest(pipe_inode& pipe) {
  return pipe.buffers[(pipe.tail + pipe.used - 1) % kBuffers];
}

/// Takes what is there, at most `size` bytes. The lock is held.
std::int64_t take(pipe_inode& pipe, std::uintptr_t to, std::uint64_t size) {
  std::uint64_t done = 0;
  while (done < size && pipe.used != 0) {
    pipe_buffer& buffer = pipe.buffers[pipe.tail % kBuffers];
    const std::uint64_t chunk = buffer.size < size - done ? buffer.size : size - done;
    const char* const from = static_cast<const char*>(page_address(buffer.p)) + buffer.offset;
    if (copy_to_user(to + done, from, chunk) != 0) {
      return done != 0 ? static_cast<std::int64_t>(done) : -EFAULT;
    }
    done += chunk;
    buffer.offset += chunk;
    buffer.size -= chunk;
    if (buffer.size != 0) break;
    put_page(buffer.p);
    ++pipe.tail;
    --pipe.used;
  }
  return static_cast<std::int64_t>(done);
}

/// Puts up to a page: behind the newest bytes if all of it fits there, else into a new buffer. The
/// lock is held and there is a free buffer. Returns the number of bytes or -errno.
std::int64_t put(pipe_inode& pipe, std::uintptr_t from, std::uint64_t size) {
  const std::uint64_t chunk = size < PAGE_SIZE ? size : PAGE_SIZE;
  if (pipe.used != 0) {
    pipe_buffer& last = newest(pipe);
    const std::uint64_t end = last.offset + last.size;
    if (chunk <= PAGE_SIZE - end) {
      if (copy_from_user(static_cast<char*>(page_address(last.p)) + end, from, chunk) != 0) {
        return -EFAULT;
      }
      last.size += chunk;
      return static_cast<std::int64_t>(chunk);
    }
  }
  page* const p = alloc_pages(GFP_KERNEL, 0);
  if (p == nullptr) return -ENOMEM;
  if (copy_from_user(page_address(p), from, chunk) != 0) {
    put_page(p);
    return -EFAULT;
  }
  ++pipe.used;
  newest(pipe) = {.p = p, .offset = 0, .size = chunk};
  return static_cast<std::int64_t>(chunk);
}

void changed(wait_queue_head& queue) {
  wake_up(queue);
  poll_changed();
}

std::int64_t read(open_file& f, std::uintptr_t to, std::uint64_t size, std::uint64_t&) {
  pipe_inode& pipe = self(f);
  if (size == 0) return 0;
  for (;;) {
    pipe.lock.write_lock();
    const bool was_full = pipe.used == kBuffers;
    const std::int64_t taken = take(pipe, to, size);
    const bool ended = pipe.writers == 0;
    pipe.lock.write_unlock();
    if (taken != 0) {
      if (was_full) changed(pipe.writable);
      return taken;
    }
    if (ended) return 0;
    if ((f.flags & O_NONBLOCK) != 0) return -EAGAIN;
    const int error = wait_event_interruptible(
        pipe.readable, [&pipe] { return pipe.used != 0 || pipe.writers == 0; });
    if (error != 0) return error;
  }
}

/// Whether a write may go on: 0 or -errno. The lock is held and given up while it sleeps.
int wait_for_room(open_file& f, pipe_inode& pipe) {
  while (pipe.used == kBuffers || pipe.readers == 0) {
    if (pipe.readers == 0) {
      send_signal(SIGPIPE);
      return -EPIPE;
    }
    if ((f.flags & O_NONBLOCK) != 0) return -EAGAIN;
    pipe.lock.write_unlock();
    const int error = wait_event_interruptible(
        pipe.writable, [&pipe] { return pipe.used < kBuffers || pipe.readers == 0; });
    pipe.lock.write_lock();
    if (error != 0) return error;
  }
  return 0;
}

std::int64_t write(open_file& f, std::uintptr_t from, std::uint64_t size, std::uint64_t&) {
  pipe_inode& pipe = self(f);
  std::uint64_t done = 0;
  std::int64_t error = 0;
  pipe.lock.write_lock();
  while (done < size) {
    error = wait_for_room(f, pipe);
    if (error != 0) break;
    const std::int64_t moved = put(pipe, from + done, size - done);
    if (moved < 0) {
      error = moved;
      break;
    }
    done += static_cast<std::uint64_t>(moved);
    changed(pipe.readable);
  }
  pipe.lock.write_unlock();
  return done != 0 ? static_cast<std::int64_t>(done) : error;
}

unsigned poll(open_file& f) {
  const pipe_inode& pipe = self(f);
  if ((f.flags & O_ACCMODE) == O_RDONLY) {
    return (pipe.used != 0 ? POLLIN : 0u) | (pipe.writers == 0 ? POLLHUP : 0u);
  }
  return (pipe.used < kBuffers ? POLLOUT : 0u) | (pipe.readers == 0 ? POLLERR : 0u);
}

int open(open_file& f) {
  ++((f.flags & O_ACCMODE) == O_RDONLY ? self(f).readers : self(f).writers);
  return 0;
}

void release(open_file& f) {
  pipe_inode& pipe = self(f);
  if ((f.flags & O_ACCMODE) == O_RDONLY) {
    if (--pipe.readers == 0) changed(pipe.writable);
  } else {
    if (--pipe.writers == 0) changed(pipe.readable);
  }
}

const file_operations kOperations = {.open = open,
                                     .release = release,
                                     .read = read,
                                     .write = write,
                                     .poll = poll,
                                     .seekable = false};

inode_ref make_inode() {
  static std::uint64_t last_ino;
  inode* const node = iget_locked(pipe_super(), ++last_ino);
  if (node == nullptr) return {};
  node->i_mode = S_IFIFO | 0600;
  node->i_atime = node->i_mtime = node->i_ctime = current_time();
  node->i_fop = &kOperations;
  unlock_new_inode(*node);
  return inode_ref(node);
}

}  // namespace

int make_pipe(open_file* (&ends)[2], unsigned flags) {
  const inode_ref node = make_inode();
  if (!node) return -ENOMEM;
  int error = 0;
  ends[0] = open_inode(*node, O_RDONLY | flags, error);
  if (ends[0] == nullptr) return error;
  ends[1] = open_inode(*node, O_WRONLY | flags, error);
  if (ends[1] == nullptr) fput(*ends[0]);
  return error;
}
