// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/file.h"

#include "sw/kernel/errno.h"
#include "sw/kernel/mm/slab.h"

namespace {

void release_open_file(file& f) {
  kfree(static_cast<open_file*>(&f));
}

}  // namespace

open_file* open_inode(inode& node, unsigned flags) {
  auto* const f = static_cast<open_file*>(kzalloc(sizeof(open_file)));
  if (f == nullptr) return nullptr;
  f->f_count = 1;
  f->f_mapping = node.is(S_IFREG) ? &node.i_data : nullptr;
  f->release = release_open_file;
  f->node = &node;
  f->flags = flags;
  return f;
}

int install_file(files_struct& files, open_file& f) {
  for (int number = 0; number < kMaxOpenFiles; ++number) {
    if (files.open[number] != nullptr) continue;
    files.open[number] = &f;
    return number;
  }
  return -EMFILE;
}

open_file* find_file(files_struct& files, int number) {
  return number >= 0 && number < kMaxOpenFiles ? files.open[number] : nullptr;
}

void close_all(files_struct& files) {
  for (open_file*& f : files.open) {
    if (f != nullptr) fput(*f);
    f = nullptr;
  }
}
