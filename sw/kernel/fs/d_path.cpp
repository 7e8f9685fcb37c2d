// SPDX-License-Identifier: Apache-2.0
// From an inode back to its path (Linux: fs/d_path.c): upwards by "..", and in each directory the
// name of where we came from.

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/super_block.h"

namespace {

/// Looks for the name of inode `wanted` in a directory.
struct name_search : dir_context {
  std::uint64_t wanted;
  char name[kNameMax];
  std::size_t size;  // 0: not found yet
};

bool compare(dir_context& context, std::string_view name, std::uint64_t ino, unsigned,
             std::uint64_t) {
  auto& search = static_cast<name_search&>(context);
  if (ino != search.wanted || name == "." || name == "..") return true;
  std::memcpy(search.name, name.data(), name.size());
  search.size = name.size();
  return false;
}

/// The name of `child` in `directory`: 0 or -errno.
int find_name(inode& directory, const inode& child, name_search& search) {
  search = {};
  search.actor = compare;
  search.wanted = child.i_ino;
  open_file reader{};
  reader.node = &directory;
  directory.i_rwsem.read_lock();
  const int error = directory.i_fop->iterate(reader, search);
  directory.i_rwsem.read_unlock();
  if (error != 0) return error;
  return search.size == 0 ? -ENOENT : 0;
}

/// The path, built from its end.
struct path_text {
  char* text;
  std::size_t start = kPathMax;

  bool prepend(std::string_view part) {
    if (part.size() > start) return false;
    start -= part.size();
    std::memcpy(text + start, part.data(), part.size());
    return true;
  }
  bool prepend_component(std::string_view name) { return prepend(name) && prepend("/"); }
  /// Moves the path to the beginning; its length with the terminator.
  [[nodiscard]] std::int64_t finish() const {
    std::memmove(text, text + start, kPathMax - start);
    return static_cast<std::int64_t>(kPathMax - start);
  }
};

/// The directory that `at` has its name in: `at` becomes what is named there.
int step_up(inode_ref& at, inode_ref& parent) {
  while (at.get() == at->i_sb->s_root) {
    if (at->i_sb->s_covered == nullptr) {
      parent = inode_ref();
      return 0;
    }
    at = inode_ref::hold(*at->i_sb->s_covered);
  }
  if (at->i_nlink == 0) return -ENOENT;
  inode* above = nullptr;
  const int error = at->i_op->get_parent(*at, above);
  parent = inode_ref(above);
  return error;
}

/// Puts the path of a directory in front of what is there: 0 or -errno.
int prepend_directory(inode& directory, path_text& path, name_search& search) {
  inode_ref at = inode_ref::hold(directory);
  for (;;) {
    inode_ref parent;
    int error = step_up(at, parent);
    if (error != 0 || !parent) return error;
    error = find_name(*parent, *at, search);
    if (error != 0) return error;
    if (!path.prepend_component({search.name, search.size})) return -ENAMETOOLONG;
    at = std::move(parent);
  }
}

}  // namespace

std::int64_t directory_path(inode& directory, char* text) {
  path_text path{.text = text};
  name_search search;
  static_cast<void>(path.prepend({"", 1}));
  const int error = prepend_directory(directory, path, search);
  if (error != 0) return error;
  if (path.start == kPathMax - 1) static_cast<void>(path.prepend("/"));
  return path.finish();
}

std::int64_t file_path(open_file& f, char* text) {
  if (f.node->is(S_IFDIR)) return directory_path(*f.node, text);
  if (f.directory == nullptr || f.name == nullptr) return -ENOENT;
  path_text path{.text = text};
  name_search search;
  static_cast<void>(path.prepend({"", 1}));
  if (!path.prepend_component(f.name)) return -ENAMETOOLONG;
  const int error = prepend_directory(*f.directory, path, search);
  return error != 0 ? error : path.finish();
}
