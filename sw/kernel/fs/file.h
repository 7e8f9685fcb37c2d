// SPDX-License-Identifier: Apache-2.0
#pragma once

// Open files, and the table by which a process names them with numbers. Processes may share both:
// fork shares open files, clone with CLONE_FILES the table too.

#include <cstdint>

#include "sw/kernel/fs/namei.h"

/// Types of directory entries (DT_*).
[[nodiscard]] constexpr unsigned dir_type(std::uint32_t mode) {
  return (mode & S_IFMT) >> 12;
}

struct open_file;

/// Takes the entries of a directory one by one, as getdents64 needs them.
struct dir_context {
  /// False: no room for this entry. `next` is the position behind it, `type` a dir_type().
  bool (*actor)(dir_context& context, std::string_view name, std::uint64_t ino, unsigned type,
                std::uint64_t next);
};

/// What reading, writing and so on mean for a kind of file. Sizes and results are in bytes, errors
/// -errno; `pos` is where to begin and is moved. User addresses are numbers. All may sleep.
struct file_operations {
  /// Called for each opening; null: nothing to do.
  int (*open)(open_file& f) = nullptr;
  /// Called when the last reference goes; null: nothing to do.
  void (*release)(open_file& f) = nullptr;
  /// Null: EINVAL.
  std::int64_t (*read)(open_file& f, std::uintptr_t to, std::uint64_t size,
                       std::uint64_t& pos) = nullptr;
  std::int64_t (*write)(open_file& f, std::uintptr_t from, std::uint64_t size,
                        std::uint64_t& pos) = nullptr;
  /// Gives the entries from f.pos on to the context until it has no room, and moves f.pos. Null:
  /// ENOTDIR. i_rwsem of the directory is held for reading.
  int (*iterate)(open_file& f, dir_context& context) = nullptr;
  /// What of poll_event is true now; null: always readable and writable. Whoever changes that calls
  /// poll_changed().
  unsigned (*poll)(open_file& f) = nullptr;
  bool seekable = false;  ///< has positions (else ESPIPE)
};

/// One opening of a file; the part that mappings need comes first.
struct open_file : file {
  inode* node = nullptr;  ///< with a reference
  unsigned flags = 0;     ///< O_ACCMODE, O_APPEND, O_NONBLOCK, O_DSYNC and O_PATH
  std::uint64_t pos = 0;
  rw_semaphore pos_lock;  ///< held for writing while `pos` is in use
  const file_operations* f_op = nullptr;
  inode* directory = nullptr;  ///< where it was found, with a reference, or null
  char* name = nullptr;        ///< by which it was found there, for /proc; or null
  void* private_data = nullptr;
};

/// Opens `node` (taking a reference of its own); null: `error` says why. fput() closes it.
[[nodiscard]] open_file* open_inode(inode& node, unsigned flags, int& error);
/// Opens what `path` names as openat does, creating it with `mode` if asked; null: `error` says
/// why.
[[nodiscard]] open_file* open_path(inode& start, std::string_view path, unsigned flags,
                                   std::uint32_t mode, int& error);
/// Opens an executable file of the current directory for reading; null: `error` says why.
[[nodiscard]] open_file* open_exec(inode& start, std::string_view path, int& error);
/// The open file that a mapping's file is, or null if it is shared memory.
[[nodiscard]] open_file* to_open_file(file& f);
/// The absolute path by which a file was opened, with its terminator; as directory_path().
[[nodiscard]] std::int64_t file_path(open_file& f, char* text);

/// Reading and writing of a regular file through the page cache.
extern const file_operations generic_file_operations;
/// Gives "." and ".." to the context if f.pos is 0 or 1; false: no room.
[[nodiscard]] bool emit_dots(open_file& f, dir_context& context);
/// Writes a file's dirty pages and attributes to its device and waits. 0 or -errno.
[[nodiscard]] int vfs_fsync(open_file& f);
/// Something that poll may wait for has changed.
void poll_changed();

/// Files that a process may have open at once (RLIMIT_NOFILE).
inline constexpr int kMaxOpenFiles = 256;

struct files_struct {
  std::int32_t count;              ///< processes that use the table
  open_file* open[kMaxOpenFiles];  ///< null: the number is free
  bool close_on_exec[kMaxOpenFiles];
};

/// An empty table with one user; null: out of memory.
[[nodiscard]] files_struct* alloc_files();
/// A table of its own with the same open files (fork); null: out of memory.
[[nodiscard]] files_struct* dup_fd(const files_struct& files);
/// Gives a user back; the last one closes all files. May sleep.
void put_files_struct(files_struct* files);
/// Closes what was opened with O_CLOEXEC (exec).
void do_close_on_exec(files_struct& files);

/// The lowest free number not below `first` for `f`, which the table owns from then on, or -EMFILE.
/// `flags`: O_CLOEXEC or 0.
[[nodiscard]] int install_file(files_struct& files, open_file& f, unsigned flags, int first = 0);
/// The open file of a number, or null. Whoever may sleep with it takes a reference.
[[nodiscard]] open_file* find_file(files_struct& files, int number);
/// Frees a number; 0 or -EBADF.
int close_fd(files_struct& files, int number);

/// Where a process's relative paths begin, and which permissions its new files lack. Shared with
/// CLONE_FS.
struct fs_struct {
  std::int32_t users;
  std::uint32_t umask;
  inode* pwd;  ///< with a reference
};
/// A new one that begins at `pwd`; null: out of memory.
[[nodiscard]] fs_struct* alloc_fs(inode& pwd);
/// A copy (fork); null: out of memory.
[[nodiscard]] fs_struct* copy_fs_struct(const fs_struct& fs);
/// Gives a user back.
void put_fs_struct(fs_struct* fs);
