// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>

#include "sw/programs/filecalls/filecalls.h"

namespace program::filecalls {

namespace {

/// Names in the current directory, "." and ".." included.
std::set<std::string> names() {
  std::set<std::string> found;
  DIR* const directory = opendir(".");
  if (directory == nullptr) return found;
  while (const dirent* const entry = readdir(directory)) {
    const bool typed =
        entry->d_type == DT_UNKNOWN ||
        (entry->d_type == DT_DIR) == (entry->d_name[0] == '.' || entry->d_name[0] == 'd');
    checks.expect(typed, "d_type tells directories from files");
    found.insert(entry->d_name);
  }
  closedir(directory);
  return found;
}

void make_file(const char* path) {
  checks.expect(close(open(path, O_WRONLY | O_CREAT, 0644)) == 0, "a new file");
}

void check_current_directory(const std::string& directory) {
  char text[4096];
  checks.expect(
      chdir(directory.c_str()) == 0 && getcwd(text, sizeof(text)) != nullptr && directory == text,
      "chdir and getcwd");
  checks.expect(getcwd(text, 3) == nullptr && errno == ERANGE, "getcwd needs room");
  checks.expect(mkdir("deep", 0755) == 0 && mkdir("deep/er", 0755) == 0 && chdir("deep/er") == 0 &&
                    getcwd(text, sizeof(text)) != nullptr && directory + "/deep/er" == text,
                "a directory below");
  checks.expect(chdir("..") == 0 && rmdir("er") == 0 && chdir("..") == 0 && rmdir("deep") == 0,
                "and back");
  const int fd = open(".", O_RDONLY | O_DIRECTORY);
  checks.expect(chdir("/") == 0 && fchdir(fd) == 0 && getcwd(text, sizeof(text)) != nullptr &&
                    directory == text,
                "fchdir");
  checks.expect(fails(read(fd, text, 1), EISDIR), "a directory is not read");
  close(fd);
  checks.expect(fails(chdir("nothing"), ENOENT), "chdir to nothing");
}

void check_listing() {
  for (int i = 0; i < 60; ++i) {
    char name[64];
    std::snprintf(name, sizeof(name), "a file whose name is rather long %d", i);
    make_file(name);
  }
  checks.expect(mkdir("directory", 0755) == 0, "mkdir");
  const std::set<std::string> found = names();
  checks.expect(found.size() == 63 && found.contains(".") && found.contains("..") &&
                    found.contains("a file whose name is rather long 59"),
                "getdents64 gives each name once");
  for (const std::string& name : found) {
    if (name[0] == 'a') checks.expect(unlink(name.c_str()) == 0, "unlink");
  }
  checks.expect(names().size() == 3, "they are gone");
  checks.expect(rmdir("directory") == 0, "rmdir");
}

void check_names() {
  make_file("a");
  checks.expect(link("a", "b") == 0, "link");
  struct stat a {};
  struct stat b {};
  checks.expect(stat("a", &a) == 0 && stat("b", &b) == 0 && a.st_ino == b.st_ino &&
                    a.st_dev == b.st_dev && a.st_nlink == 2,
                "two names of one file");
  checks.expect(rename("a", "c") == 0 && access("a", F_OK) == -1 && access("c", R_OK | W_OK) == 0,
                "rename");
  checks.expect(fails(access("c", X_OK), EACCES), "a plain file is not executable");
  checks.expect(chmod("c", 0755) == 0 && access("c", X_OK) == 0, "chmod");
  checks.expect(renameat2(AT_FDCWD, "c", AT_FDCWD, "b", RENAME_NOREPLACE) == -1 && errno == EEXIST,
                "RENAME_NOREPLACE");
  checks.expect(mkdir("d", 0700) == 0 && rename("b", "d/b") == 0 && stat("d/b", &b) == 0,
                "rename into a directory");
  checks.expect(fails(rename("d", "d/d"), EINVAL), "a directory does not go into itself");
  checks.expect(fails(rmdir("d"), ENOTEMPTY) && fails(unlink("d"), EISDIR) &&
                    fails(rmdir("c"), ENOTDIR) && fails(mkdir("d", 0700), EEXIST),
                "errors of removing and making");
  checks.expect(unlinkat(AT_FDCWD, "d/b", 0) == 0 && unlinkat(AT_FDCWD, "d", AT_REMOVEDIR) == 0 &&
                    unlink("c") == 0,
                "unlinkat");
  checks.expect(fails(open("c/x", O_RDONLY), ENOENT), "no way through what is not there");
}

void check_links() {
  const std::string target(300, '/');
  char text[400];
  make_file("file");
  checks.expect(symlink("file", "short") == 0 && readlink("short", text, 400) == 4 &&
                    std::memcmp(text, "file", 4) == 0 && readlink("short", text, 2) == 2,
                "symlink and readlink");
  checks.expect(
      symlink((target + "tmp").c_str(), "long") == 0 && readlink("long", text, 400) == 303,
      "a long link");
  struct stat status {};
  checks.expect(lstat("short", &status) == 0 && S_ISLNK(status.st_mode) && status.st_size == 4,
                "lstat tells of the link");
  checks.expect(stat("short", &status) == 0 && S_ISREG(status.st_mode), "stat of the file");
  checks.expect(stat("long", &status) == 0 && S_ISDIR(status.st_mode), "and of the directory");
  checks.expect(fails(open("short", O_RDONLY | O_NOFOLLOW), ELOOP), "O_NOFOLLOW");
  checks.expect(fails(readlink("file", text, 400), EINVAL), "a file is no link");
  checks.expect(symlink("circle", "circle") == 0 && fails(open("circle", O_RDONLY), ELOOP),
                "a circle of links");
  for (const char* const name : {"file", "short", "long", "circle"}) {
    checks.expect(unlink(name) == 0, "unlink of links");
  }
}

void check_attributes() {
  checks.expect(umask(077) == 022 && close(open("file", O_CREAT | O_RDWR, 0666)) == 0, "umask");
  struct stat status {};
  checks.expect(stat("file", &status) == 0 && (status.st_mode & 0777) == 0600,
                "the mask takes permissions");
  umask(022);
  const timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 0}, {.tv_sec = 2000, .tv_nsec = 0}};
  checks.expect(utimensat(AT_FDCWD, "file", times, 0) == 0 && stat("file", &status) == 0 &&
                    status.st_atim.tv_sec == 1000 && status.st_mtim.tv_sec == 2000,
                "utimensat");
  const timespec omit[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = 3000, .tv_nsec = 0}};
  checks.expect(utimensat(AT_FDCWD, "file", omit, 0) == 0 && stat("file", &status) == 0 &&
                    status.st_atim.tv_sec == 1000 && status.st_mtim.tv_sec == 3000,
                "UTIME_OMIT");
  struct statx extended {};
  checks.expect(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &extended) == 0 &&
                    extended.stx_ino == status.st_ino && extended.stx_mtime.tv_sec == 3000 &&
                    (extended.stx_mode & 0777) == 0600,
                "statx");
  struct statfs system {};
  checks.expect(statfs(".", &system) == 0 && system.f_bsize == 4096 && system.f_namelen == 255,
                "statfs");
  checks.expect(fails(open(std::string(256, 'n').c_str(), O_RDONLY | O_CREAT, 0600), ENAMETOOLONG),
                "names have a longest length");
  checks.expect(unlink("file") == 0, "unlink");
}

}  // namespace

void check_tree(const std::string& directory) {
  check_current_directory(directory);
  check_listing();
  check_names();
  check_links();
  check_attributes();
  checks.expect(names().size() == 2, "the directory is empty");
  checks.expect(chdir("/") == 0, "chdir /");
}

}  // namespace program::filecalls
