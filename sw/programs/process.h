// SPDX-License-Identifier: Apache-2.0
#pragma once

// Child processes for the programs, and pipes that order what parent and child do: whoever takes
// waits until the other has put. So the order of events does not depend on the scheduler.

#include <sys/wait.h>

#include <cerrno>

#include "sw/programs/memory.h"

namespace program {

/// A one-way channel of numbers. Shared with children that are forked later.
class Pipe {
 public:
  Pipe() {
    if (pipe(ends_) != 0) die("pipe");
  }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void put(std::uint64_t number) const {
    if (write(ends_[1], &number, sizeof(number)) != sizeof(number)) die("write to a pipe");
  }
  /// Waits for a number.
  [[nodiscard]] std::uint64_t take() const {
    std::uint64_t number = 0;
    if (read(ends_[0], &number, sizeof(number)) != sizeof(number)) die("read from a pipe");
    return number;
  }

 private:
  int ends_[2];
};

/// Runs `action` in a child and ends the child with the status that it returns.
template <typename Action>
pid_t spawn(Action action) {
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) _exit(action());
  return child;
}

/// Waits until `child` has ended; returns what waitpid says about it.
inline int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) != child) {
    if (errno != EINTR) die("waitpid");
  }
  return status;
}

/// Whether `child` ends with status 0.
inline bool succeeds(pid_t child) {
  const int status = wait_for(child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace program
