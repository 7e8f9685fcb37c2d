// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sw/programs/filecalls/filecalls.h"

namespace program::filecalls {

namespace {

/// An address that is no program's, and a number of parts that nobody has; what the compiler cannot
/// know it does not warn of.
char* volatile bad_address = reinterpret_cast<char*>(64);
volatile int bad_count = -1;

/// The file as a string, through its own opening.
std::string content_of(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY);
  std::string content;
  char part[1000];
  ssize_t count = 0;
  while ((count = read(fd, part, sizeof(part))) > 0) {
    content.append(part, static_cast<std::size_t>(count));
  }
  close(fd);
  return content;
}

void check_flags(const std::string& path) {
  const char* const name = path.c_str();
  checks.expect(fails(open(name, O_RDONLY), ENOENT), "a file must exist to be read");
  const int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  checks.expect(fd >= 0, "O_CREAT makes a file");
  checks.expect(fails(open(name, O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST), "O_EXCL only once");
  struct stat status {};
  checks.expect(fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0 &&
                    (status.st_mode & 0777) == 0640 && status.st_nlink == 1,
                "a new file has the mode that was asked for");
  checks.expect(write(fd, "0123456789", 10) == 10, "write");
  const int appending = open(name, O_WRONLY | O_APPEND);
  checks.expect(write(appending, "abc", 3) == 3 && lseek(appending, 0, SEEK_CUR) == 13,
                "O_APPEND writes at the end");
  checks.expect(fails(read(appending, &status, 1), EBADF), "what is open for writing is not read");
  checks.expect(content_of(path) == "0123456789abc", "both writes are there");
  checks.expect(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(appending, F_GETFD) == 0,
                "FD_CLOEXEC is the number's");
  constexpr int kLargeFile = 0100000;  // the kernel's O_LARGEFILE, which is 0 to programs
  checks.expect(fcntl(appending, F_GETFL) == (O_WRONLY | O_APPEND | kLargeFile),
                "F_GETFL tells the flags");
  checks.expect(fcntl(appending, F_SETFL, 0) == 0 && lseek(appending, 0, SEEK_SET) == 0 &&
                    write(appending, "X", 1) == 1 && content_of(path) == "X123456789abc",
                "O_APPEND can be taken away");
  close(appending);
  close(open(name, O_WRONLY | O_TRUNC));
  checks.expect(fstat(fd, &status) == 0 && status.st_size == 0, "O_TRUNC empties a file");
  checks.expect(fails(open(name, O_RDONLY | O_DIRECTORY), ENOTDIR), "O_DIRECTORY");
  checks.expect(close(fd) == 0 && fails(close(fd), EBADF), "close, once");
}

void check_positions(int fd) {
  checks.expect(pwrite(fd, "end", 3, 10000) == 3, "pwrite beyond the end leaves a hole");
  checks.expect(lseek(fd, 0, SEEK_END) == 10003, "SEEK_END");
  checks.expect(fails(lseek(fd, -1, SEEK_SET), EINVAL) && lseek(fd, 0, SEEK_CUR) == 10003,
                "no position before the beginning");
  char part[8] = "???????";
  checks.expect(pread(fd, part, 5, 9998) == 5 && std::memcmp(part, "\0\0end", 5) == 0,
                "a hole reads as zeros");
  checks.expect(pread(fd, part, 8, 10003) == 0 && pread(fd, part, 8, 90000) == 0,
                "nothing is read behind the end");
  checks.expect(fails(pread(fd, part, 8, -1), EINVAL), "pread at a negative offset");
  checks.expect(lseek(fd, 10001, SEEK_SET) == 10001 && read(fd, part, 8) == 2, "a short read");
  checks.expect(lseek(fd, 0, SEEK_SET) == 0 && fails(read(fd, bad_address, 8), EFAULT),
                "a bad address to read to");
  checks.expect(fails(write(fd, bad_address, 8), EFAULT), "a bad address to write from");
}

void check_vectors(int fd) {
  char one[] = "one,";
  char two[] = "two,";
  const iovec parts[] = {{one, 4}, {nullptr, 0}, {two, 4}};
  checks.expect(lseek(fd, 0, SEEK_SET) == 0 && writev(fd, parts, 3) == 8, "writev");
  char a[3];
  char b[20];
  const iovec into[] = {{a, 3}, {b, 5}};
  checks.expect(preadv(fd, into, 2, 0) == 8 && std::memcmp(a, "one", 3) == 0 &&
                    std::memcmp(b, ",two,", 5) == 0,
                "preadv");
  checks.expect(pwritev(fd, parts, 1, 4) == 4 && pread(fd, b, 8, 0) == 8 &&
                    std::memcmp(b, "one,one,", 8) == 0,
                "pwritev");
  checks.expect(fails(readv(fd, into, bad_count), EINVAL), "no negative number of parts");
}

void check_duplicates(int fd) {
  const int copy = dup(fd);
  checks.expect(copy >= 0 && lseek(copy, 7, SEEK_SET) == 7 && lseek(fd, 0, SEEK_CUR) == 7,
                "dup shares the position");
  checks.expect(dup2(fd, copy) == copy && dup2(fd, fd) == fd, "dup2");
  checks.expect(fails(dup3(fd, fd, 0), EINVAL), "dup3 wants two numbers");
  const int far = fcntl(fd, F_DUPFD_CLOEXEC, 100);
  checks.expect(far == 100 && fcntl(far, F_GETFD) == FD_CLOEXEC, "F_DUPFD_CLOEXEC");
  checks.expect(fails(dup2(fd, 100000), EBADF), "numbers have a limit");
  close(far);
  close(copy);
}

void check_truncation(const std::string& path, int fd) {
  struct stat status {};
  checks.expect(ftruncate(fd, 3) == 0 && content_of(path) == "one", "ftruncate cuts");
  checks.expect(truncate(path.c_str(), 6) == 0 && content_of(path) == std::string("one\0\0\0", 6),
                "truncate extends with zeros");
  checks.expect(fails(ftruncate(fd, -1), EINVAL), "no negative length");
  checks.expect(ftruncate(fd, 5'000'000'000) == 0 && fstat(fd, &status) == 0 &&
                    status.st_size == 5'000'000'000 && status.st_blocks <= 16,
                "a large file of holes takes no space");
  const int reading = open(path.c_str(), O_RDONLY);
  checks.expect(fails(ftruncate(reading, 0), EINVAL), "what is open for reading is not cut");
  close(reading);
}

}  // namespace

void check_content(const std::string& directory) {
  const std::string path = directory + "/file";
  check_flags(path);
  const int fd = open(path.c_str(), O_RDWR);
  check_positions(fd);
  check_vectors(fd);
  check_duplicates(fd);
  check_truncation(path, fd);
  checks.expect(fsync(fd) == 0 && fdatasync(fd) == 0, "fsync");
  checks.expect(unlink(path.c_str()) == 0 && fails(open(path.c_str(), O_RDONLY), ENOENT),
                "unlink takes the name");
  char part[3];
  struct stat status {};
  checks.expect(pread(fd, part, 3, 0) == 3 && std::memcmp(part, "one", 3) == 0 &&
                    fstat(fd, &status) == 0 && status.st_nlink == 0,
                "the file lives on while it is open");
  close(fd);
}

}  // namespace program::filecalls
