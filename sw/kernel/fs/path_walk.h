// SPDX-License-Identifier: Apache-2.0
#pragma once

// The walk along a path, component by component, for the functions of namei.h.

#include "sw/kernel/fs/namei.h"

/// Links that one path may lead through (Linux: MAXSYMLINKS).
inline constexpr unsigned kMaxLinks = 40;

/// A walk. What is left of the path is text of the caller, or, behind a link, of the walk itself.
class path_walk {
 public:
  /// Begins at `start`, or at the root if `path` is absolute.
  path_walk(inode& start, std::string_view path);
  ~path_walk();
  path_walk(const path_walk&) = delete;
  path_walk& operator=(const path_walk&) = delete;

  /// Goes to the directory that holds the last component, which name() is then. Returns 0 or
  /// -errno.
  [[nodiscard]] int to_parent();
  /// Goes from there to what the last component names; if it is a link, along it if `follow` or if
  /// a slash is behind it. Returns 0, -ENOENT (at() is then the directory it would be in, name()
  /// its name there) or another -errno.
  [[nodiscard]] int to_last(bool follow);

  [[nodiscard]] inode_ref& at() { return at_; }
  /// The last component; empty if there is none ("/").
  [[nodiscard]] std::string_view name() const { return name_; }
  /// Whether a slash is behind the last component.
  [[nodiscard]] bool trailing_slash() const { return trailing_slash_; }

 private:
  int follow_link(inode& link);
  void next_component();

  inode_ref at_;
  std::string_view name_;  // component at hand
  std::string_view rest_;  // behind it, without leading slashes
  bool trailing_slash_ = false;
  unsigned links_ = 0;
  char* text_ = nullptr;  // kPathMax bytes: a link's text and what was behind it
};
