// SPDX-License-Identifier: Apache-2.0
// Open files and the tables that name them.

#include "sw/kernel/fs/file.h"

#include <cstring>
#include <new>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/readahead.h"
#include "sw/kernel/mm/slab.h"

namespace {

void release_open_file(file& opened) {
  auto& f = static_cast<open_file&>(opened);
  if (f.f_op != nullptr && f.f_op->release != nullptr) f.f_op->release(f);
  if (f.directory != nullptr) iput(*f.directory);
  iput(*f.node);
  kfree(f.name);
  kfree(&f);
}

}  // namespace

open_file* open_inode(inode& node, unsigned flags, int& error) {
  void* const place = kmalloc(sizeof(open_file));
  error = -ENOMEM;
  if (place == nullptr) return nullptr;
  auto* const f = ::new (place) open_file{};
  f->f_mapping = node.is(S_IFREG) ? &node.i_data : nullptr;
  f->writable = (flags & O_ACCMODE) == O_RDWR;
  f->release = release_open_file;
  file_ra_state_init(*f);
  ihold(node);
  f->node = &node;
  f->flags = flags & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_PATH);
  f->f_op = node.i_fop;
  error = 0;
  if (f->f_op != nullptr && f->f_op->open != nullptr) error = f->f_op->open(*f);
  if (error == 0) return f;
  f->f_op = nullptr;  // it is not open, so there is nothing to release
  fput(*f);
  return nullptr;
}

open_file* to_open_file(file& f) {
  return f.release == release_open_file ? static_cast<open_file*>(&f) : nullptr;
}

files_struct* alloc_files() {
  auto* const files = static_cast<files_struct*>(kzalloc(sizeof(files_struct)));
  if (files != nullptr) files->count = 1;
  return files;
}

files_struct* dup_fd(const files_struct& files) {
  files_struct* const copy = alloc_files();
  if (copy == nullptr) return nullptr;
  for (int number = 0; number < kMaxOpenFiles; ++number) {
    open_file* const f = files.open[number];
    if (f != nullptr) get_file(*f);
    copy->open[number] = f;
    copy->close_on_exec[number] = files.close_on_exec[number];
  }
  return copy;
}

void put_files_struct(files_struct* files) {
  if (--files->count != 0) return;
  for (int number = 0; number < kMaxOpenFiles; ++number) {
    static_cast<void>(close_fd(*files, number));
  }
  kfree(files);
}

void do_close_on_exec(files_struct& files) {
  for (int number = 0; number < kMaxOpenFiles; ++number) {
    if (files.close_on_exec[number]) static_cast<void>(close_fd(files, number));
  }
}

int install_file(files_struct& files, open_file& f, unsigned flags, int first) {
  for (int number = first; number < kMaxOpenFiles; ++number) {
    if (files.open[number] != nullptr) continue;
    files.open[number] = &f;
    files.close_on_exec[number] = (flags & O_CLOEXEC) != 0;
    return number;
  }
  return -EMFILE;
}

open_file* find_file(files_struct& files, int number) {
  return number >= 0 && number < kMaxOpenFiles ? files.open[number] : nullptr;
}

int close_fd(files_struct& files, int number) {
  open_file* const f = find_file(files, number);
  if (f == nullptr) return -EBADF;
  files.open[number] = nullptr;
  files.close_on_exec[number] = false;
  fput(*f);
  return 0;
}

fs_struct* alloc_fs(inode& pwd) {
  constexpr std::uint32_t kUsualMask = 022;
  auto* const fs = static_cast<fs_struct*>(kmalloc(sizeof(fs_struct)));
  if (fs == nullptr) return nullptr;
  ihold(pwd);
  *fs = {.users = 1, .umask = kUsualMask, .pwd = &pwd};
  return fs;
}

fs_struct* copy_fs_struct(const fs_struct& fs) {
  fs_struct* const copy = alloc_fs(*fs.pwd);
  if (copy != nullptr) copy->umask = fs.umask;
  return copy;
}

void put_fs_struct(fs_struct* fs) {
  if (--fs->users != 0) return;
  iput(*fs->pwd);
  kfree(fs);
}
