// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/proc/procfs.h"

#include <cstring>
#include <new>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/proc/show.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/slab.h"
#include "sw/lib/format.h"

namespace {

constexpr std::uint64_t kProcMagic = 0x9fa0;  // Linux: PROC_SUPER_MAGIC
constexpr std::uint64_t kProcDevice = 5;

/// A name in the root, or in the directory of a process.
struct proc_entry {
  std::string_view name;
  std::uint32_t mode;
  void (*show)(procfs::text& to);                          // in the root
  void (*show_task)(task_struct& task, procfs::text& to);  // in a process's directory
};

constexpr proc_entry kRootEntries[] = {
    {"meminfo", S_IFREG | 0444, procfs::show_meminfo, nullptr},
    {"self", S_IFLNK | 0777, nullptr, nullptr},
    {"vmstat", S_IFREG | 0444, procfs::show_vmstat, nullptr},
};
constexpr proc_entry kTaskEntries[] = {
    {"exe", S_IFLNK | 0777, nullptr, nullptr},
    {"maps", S_IFREG | 0444, nullptr, procfs::show_maps},
    {"stat", S_IFREG | 0444, nullptr, procfs::show_stat},
    {"statm", S_IFREG | 0444, nullptr, procfs::show_statm},
};

// The number of an inode says what it is: process (0: none) times 16, plus 0 for the directory and
// from 1 on for an entry. The root is the directory of no process, and has number 16 * 0 + 15.
constexpr std::uint64_t kEntriesPerTask = 16;
constexpr std::uint64_t kRootIno = 15;

constinit super_block proc_super{};

int pid_of(const inode& node) {
  return static_cast<int>(node.i_ino / kEntriesPerTask);
}
bool is_root(const inode& node) {
  return node.i_ino == kRootIno;
}
const proc_entry& entry_of(const inode& node) {
  const std::uint64_t index = node.i_ino % kEntriesPerTask - 1;
  return pid_of(node) == 0 ? kRootEntries[index] : kTaskEntries[index];
}
std::uint64_t ino_of(int pid, std::size_t entry) {
  return static_cast<std::uint64_t>(pid) * kEntriesPerTask + entry;
}

extern const inode_operations kDirectoryInodeOperations;
extern const inode_operations kLinkInodeOperations;
extern const inode_operations kFileInodeOperations;
extern const file_operations kDirectoryOperations;
extern const file_operations kFileOperations;

int get_node(std::uint64_t ino, std::uint32_t mode, inode*& found) {
  inode* const node = iget_locked(proc_super, ino);
  if (node == nullptr) return -ENOMEM;
  found = node;
  if ((node->i_state & I_NEW) == 0) return 0;
  node->i_mode = mode;
  node->i_nlink = node->is(S_IFDIR) ? 2 : 1;
  node->i_atime = node->i_mtime = node->i_ctime = current_time();
  if (node->is(S_IFDIR)) {
    node->i_op = &kDirectoryInodeOperations;
    node->i_fop = &kDirectoryOperations;
  } else {
    node->i_op = node->is(S_IFLNK) ? &kLinkInodeOperations : &kFileInodeOperations;
    node->i_fop = node->is(S_IFREG) ? &kFileOperations : nullptr;
  }
  unlock_new_inode(*node);
  return 0;
}

int get_directory(int pid, inode*& found) {
  return get_node(pid == 0 ? kRootIno : ino_of(pid, 0), S_IFDIR | 0555, found);
}

/// Finds `name` among the entries of a directory.
template <std::size_t N>
int find_in(const proc_entry (&entries)[N], int pid, std::string_view name, inode*& found) {
  for (std::size_t i = 0; i < N; ++i) {
    if (entries[i].name == name) return get_node(ino_of(pid, i + 1), entries[i].mode, found);
  }
  return -ENOENT;
}

/// The number that a name is, or 0.
int parse_pid(std::string_view name) {
  constexpr int kMost = 1 << 22;  // Linux: PID_MAX_LIMIT
  int pid = 0;
  for (const char c : name) {
    if (c < '0' || c > '9' || pid > kMost) return 0;
    pid = pid * 10 + (c - '0');
  }
  return pid;
}

int lookup(inode& directory, std::string_view name, inode*& found) {
  if (!is_root(directory)) return find_in(kTaskEntries, pid_of(directory), name, found);
  const int pid = parse_pid(name);
  if (pid != 0) return find_process(pid) != nullptr ? get_directory(pid, found) : -ENOENT;
  return find_in(kRootEntries, 0, name, found);
}

int get_parent(inode&, inode*& parent) {
  return get_directory(0, parent);
}

int get_link(inode& link, char* to) {
  const int pid = pid_of(link);
  if (pid == 0) {
    lib::format_into(to, kPathMax, "%d", get_current()->tgid);
    return 0;
  }
  task_struct* const task = find_process(pid);
  return task == nullptr ? -ENOENT : procfs::program_path(*task, to);
}

const inode_operations kDirectoryInodeOperations = {.lookup = lookup, .get_parent = get_parent};
const inode_operations kLinkInodeOperations = {.get_link = get_link};
const inode_operations kFileInodeOperations = {};

/// Gives the entries of a directory from position `first` on; false: no room.
template <std::size_t N>
bool emit_entries(const proc_entry (&entries)[N], open_file& f, dir_context& context,
                  std::uint64_t first) {
  for (std::size_t i = 0; i < N; ++i) {
    const std::uint64_t here = first + i;
    if (here < f.pos) continue;
    if (!context.actor(context, entries[i].name, ino_of(pid_of(*f.node), i + 1),
                       dir_type(entries[i].mode), here + 1)) {
      return false;
    }
    f.pos = here + 1;
  }
  return true;
}

/// The process with the lowest number above `pid`; 0: none.
int next_process(int pid) {
  int next = 0;
  for_each_task([&](const task_struct& task) {
    const bool leader = task.group_leader == &task;
    if (leader && task.pid > pid && (next == 0 || task.pid < next)) next = task.pid;
  });
  return next;
}

int iterate(open_file& f, dir_context& context) {
  constexpr std::uint64_t kFirst = 2;          // behind "." and ".."
  constexpr std::uint64_t kFirstProcess = 64;  // positions of processes: this and their number
  if (!emit_dots(f, context)) return 0;
  if (!is_root(*f.node)) {
    emit_entries(kTaskEntries, f, context, kFirst);
    return 0;
  }
  if (!emit_entries(kRootEntries, f, context, kFirst)) return 0;
  if (f.pos < kFirstProcess) f.pos = kFirstProcess;
  while (const int pid = next_process(static_cast<int>(f.pos - kFirstProcess))) {
    char name[16];
    lib::format_into(name, sizeof(name), "%d", pid);
    const std::uint64_t here = kFirstProcess + static_cast<std::uint64_t>(pid);
    if (!context.actor(context, name, ino_of(pid, 0), dir_type(S_IFDIR), here)) return 0;
    f.pos = here;
  }
  return 0;
}

const file_operations kDirectoryOperations = {.iterate = iterate, .seekable = true};

procfs::text* text_of(const open_file& f) {
  return static_cast<procfs::text*>(f.private_data);
}

void close_text(open_file& f) {
  procfs::text* const text = text_of(f);
  text->~text();
  kfree(text);
}

int open_text(open_file& f) {
  if ((f.flags & O_ACCMODE) != O_RDONLY) return -EACCES;
  const proc_entry& entry = entry_of(*f.node);
  void* const place = kmalloc(sizeof(procfs::text));
  if (place == nullptr) return -ENOMEM;
  auto* const text = ::new (place) procfs::text;
  f.private_data = text;
  f.f_mapping = nullptr;
  int error = 0;
  if (entry.show_task != nullptr) {
    task_struct* const task = find_process(pid_of(*f.node));
    if (task != nullptr) {
      entry.show_task(*task, *text);
    } else {
      error = -ESRCH;
    }
  } else {
    entry.show(*text);
  }
  if (error == 0 && !text->complete()) error = -ENOMEM;
  if (error != 0) close_text(f);
  return error;
}

std::int64_t read_text(open_file& f, std::uintptr_t to, std::uint64_t size, std::uint64_t& pos) {
  const procfs::text& text = *text_of(f);
  if (pos >= text.size()) return 0;
  const std::uint64_t left = text.size() - pos;
  const std::uint64_t count = left < size ? left : size;
  if (copy_to_user(to, text.data() + pos, count) != 0) return -EFAULT;
  pos += count;
  return static_cast<std::int64_t>(count);
}

const file_operations kFileOperations = {
    .open = open_text, .release = close_text, .read = read_text, .seekable = true};

inode* alloc_inode() {
  return static_cast<inode*>(kzalloc(sizeof(inode)));
}

void free_inode(inode& node) {
  kfree(&node);
}

void statfs(super_block&, kstatfs& to) {
  to = {.type = kProcMagic, .block_size = PAGE_SIZE};
}

constexpr super_operations kSuperOperations = {
    .alloc_inode = alloc_inode, .free_inode = free_inode, .statfs = statfs};

}  // namespace

void mount_procfs() {
  proc_super.s_type = "proc";
  proc_super.s_dev = kProcDevice;
  proc_super.s_op = &kSuperOperations;
  proc_super.s_inodes.init();
  const int made = vfs_mkdir(*root_inode(), "/proc", 0555);
  const lookup_result where = lookup_path(*root_inode(), "/proc", true);
  if ((made != 0 && made != -EEXIST) || where.error != 0 ||
      get_directory(0, proc_super.s_root) != 0) {
    panic("cannot make /proc");
  }
  mount_super(proc_super, where.node.get());
}
