// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "sw/programs/filecalls/filecalls.h"
#include "sw/programs/process.h"

namespace program::filecalls {

namespace {

void check_pipe_between_processes() {
  int ends[2];
  checks.expect(pipe(ends) == 0, "pipe");
  constexpr std::size_t kSize = 300'000;  // more than a pipe holds
  const pid_t child = spawn([&] {
    close(ends[0]);
    const std::vector<char> text(kSize, 'p');
    return write(ends[1], text.data(), kSize) == kSize ? 0 : 1;
  });
  close(ends[1]);
  std::size_t total = 0;
  bool right = true;
  char part[777];
  ssize_t count = 0;
  while ((count = read(ends[0], part, sizeof(part))) > 0) {
    for (ssize_t i = 0; i < count; ++i) right = right && part[i] == 'p';
    total += static_cast<std::size_t>(count);
  }
  checks.expect(right && count == 0 && total == kSize,
                "all that was written is read, then the end");
  checks.expect(succeeds(child), "the writer was not cut short");
  close(ends[0]);
}

void check_vectors() {
  int ends[2];
  checks.expect(pipe(ends) == 0, "pipe");
  char first[4];
  char second[4];
  iovec parts[] = {{first, sizeof(first)}, {second, sizeof(second)}};
  checks.expect(write(ends[1], "abcd", 4) == 4 && readv(ends[0], parts, 2) == 4,
                "readv does not wait for a second part");
  checks.expect(write(ends[1], "abcdef", 6) == 6 && readv(ends[0], parts, 2) == 6,
                "readv goes on while there is something to read");
  parts[1].iov_len = static_cast<std::size_t>(-1);
  checks.expect(fails(writev(ends[1], parts, 2), EINVAL), "writev of a negative length");
  parts[1].iov_len = sizeof(second);
  parts[1].iov_base = reinterpret_cast<void*>(-4096L);  // the kernel's
  checks.expect(fails(writev(ends[1], parts, 2), EFAULT), "writev of another's memory");
  pollfd pipe_end = {.fd = ends[0], .events = POLLIN, .revents = 0};
  checks.expect(poll(&pipe_end, 1, 0) == 0, "a vector that is refused writes nothing");
  close(ends[0]);
  close(ends[1]);
}

void check_pipe_errors() {
  int ends[2];
  char part[4096];
  checks.expect(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0, "pipe2");
  checks.expect(fails(read(ends[0], part, 1), EAGAIN), "an empty pipe that does not wait");
  std::size_t written = 0;
  while (write(ends[1], part, sizeof(part)) == sizeof(part)) written += sizeof(part);
  checks.expect(errno == EAGAIN && written == 65536, "a pipe holds 64 KiB");
  checks.expect(fails(lseek(ends[0], 0, SEEK_SET), ESPIPE), "a pipe has no positions");
  struct stat status {};
  checks.expect(fstat(ends[0], &status) == 0 && S_ISFIFO(status.st_mode), "fstat of a pipe");
  close(ends[0]);
  struct sigaction ignore {};
  struct sigaction old {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &old);
  checks.expect(fails(write(ends[1], part, 1), EPIPE), "nobody reads any more");
  sigaction(SIGPIPE, &old, nullptr);
  close(ends[1]);
  checks.expect(fails(pipe2(ends, 1), EINVAL), "unknown flags");
}

void check_poll() {
  int ends[2];
  checks.expect(pipe(ends) == 0, "pipe");
  pollfd fds[] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {-1, POLLIN, 0}, {77, POLLIN, 0}};
  checks.expect(poll(fds, 4, 0) == 2 && fds[0].revents == 0 && fds[1].revents == POLLOUT &&
                    fds[2].revents == 0 && fds[3].revents == POLLNVAL,
                "poll finds what is ready");
  checks.expect(poll(fds, 1, 2) == 0, "poll ends with its time");
  const pid_t child = spawn([&] { return write(ends[1], "x", 1) == 1 ? 0 : 1; });
  checks.expect(poll(fds, 1, -1) == 1 && fds[0].revents == POLLIN,
                "poll waits for another process");
  checks.expect(succeeds(child), "which has written");
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  timeval soon = {.tv_sec = 0, .tv_usec = 1000};
  checks.expect(
      select(ends[0] + 1, &readable, nullptr, nullptr, &soon) == 1 && FD_ISSET(ends[0], &readable),
      "select");
  close(ends[1]);
  char c = '?';
  checks.expect(read(ends[0], &c, 1) == 1 && poll(fds, 1, -1) == 1 && fds[0].revents == POLLHUP,
                "poll tells of the end");
  close(ends[0]);
}

void check_devices() {
  const int null = open("/dev/null", O_RDWR);
  const int zero = open("/dev/zero", O_RDWR);
  char part[5000];
  std::memset(part, '?', sizeof(part));
  checks.expect(write(null, part, 5000) == 5000 && read(null, part, 5000) == 0, "/dev/null");
  checks.expect(read(zero, part, 5000) == 5000 && part[0] == 0 && part[4999] == 0, "/dev/zero");
  auto* const memory = static_cast<volatile char*>(
      mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0));
  checks.expect(memory != MAP_FAILED && memory[5000] == 0, "/dev/zero maps");
  if (memory != MAP_FAILED) {
    memory[5000] = 1;
    munmap(const_cast<char*>(memory), 8192);
  }
  struct stat status {};
  checks.expect(fstat(null, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0x103,
                "fstat of a device");
  checks.expect(isatty(1) == 0 && errno == ENOTTY, "the console is no terminal");
  close(null);
  close(zero);
}

std::string text_of(const char* path) {
  const int fd = open(path, O_RDONLY);
  std::string text;
  char part[100];
  ssize_t count = 0;
  while ((count = read(fd, part, sizeof(part))) > 0) {
    text.append(part, static_cast<std::size_t>(count));
  }
  close(fd);
  return text;
}

void check_proc() {
  char path[4096] = {};
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
  checks.expect(length > 0 && std::string(path).ends_with("/filecalls"), "/proc/self/exe");
  const std::string maps = text_of("/proc/self/maps");
  checks.expect(maps.starts_with("00010000-") && maps.find(" r-xp 00000000 ") == 17 &&
                    maps.find(std::string(path) + "\n") != std::string::npos &&
                    maps.find("[heap]\n") != std::string::npos &&
                    maps.find("[stack]\n") != std::string::npos,
                "/proc/self/maps");
  checks.expect(
      text_of("/proc/self/stat").starts_with(std::to_string(getpid()) + " (filecalls) R "),
      "/proc/self/stat");
  checks.expect(text_of("/proc/vmstat").find("pgfault ") != std::string::npos, "/proc/vmstat");
  checks.expect(text_of("/proc/meminfo").starts_with("MemTotal: "), "/proc/meminfo");
  checks.expect(fails(open("/proc/new", O_RDWR | O_CREAT, 0644), EPERM) ||
                    fails(open("/proc/new", O_RDWR | O_CREAT, 0644), EACCES) ||
                    fails(open("/proc/new", O_RDWR | O_CREAT, 0644), ENOENT),
                "/proc has what the kernel puts there");
}

}  // namespace

void check_streams() {
  check_pipe_between_processes();
  check_vectors();
  check_pipe_errors();
  check_poll();
  check_devices();
  check_proc();
}

}  // namespace program::filecalls
