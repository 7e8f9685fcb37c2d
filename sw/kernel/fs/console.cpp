// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/console.h"

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/poll_wait.h"
#include "sw/kernel/kernel.h"

namespace {

constexpr std::size_t kConsoleChunk = 256;
constexpr char kEndOfTransmission = 4;

/// What has come and was not read yet.
char pending[kConsoleChunk];
std::uint64_t nr_pending;
/// Ctrl-D has been met: the next read finds the end of the file.
bool end_of_input;

/// Fetches what has come, up to Ctrl-D, which ends the input as on a terminal.
void fetch() {
  if (nr_pending != 0 || end_of_input) return;
  const std::uint64_t count = console_read(pending, sizeof(pending));
  for (std::uint64_t i = 0; i < count; ++i) {
    if (pending[i] == '\r') pending[i] = '\n';
    if (pending[i] == kEndOfTransmission) {
      end_of_input = true;
      return;  // what is behind it is dropped
    }
    ++nr_pending;
  }
}

bool readable() {
  fetch();
  return nr_pending != 0 || end_of_input;
}

/// Waits for the first character.
std::int64_t read(open_file& f, std::uintptr_t to, std::uint64_t size, std::uint64_t&) {
  if (size == 0) return 0;
  if (!readable() && (f.flags & O_NONBLOCK) != 0) return -EAGAIN;
  while (!readable()) {
    // Nothing announces input: the firmware is asked again and again.
    const int error = sleep_for_poll(kPollInterval);
    if (error != 0) return error;
  }
  const std::uint64_t count = nr_pending < size ? nr_pending : size;
  if (copy_to_user(to, pending, count) != 0) return -EFAULT;
  if (nr_pending == 0) end_of_input = false;
  for (std::uint64_t i = count; i < nr_pending; ++i) pending[i - count] = pending[i];
  nr_pending -= count;
  return static_cast<std::int64_t>(count);
}

std::int64_t write(open_file&, std::uintptr_t from, std::uint64_t size, std::uint64_t&) {
  char text[kConsoleChunk];
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t chunk = size - done < sizeof(text) ? size - done : sizeof(text);
    const std::uint64_t copied = chunk - copy_from_user(text, from + done, chunk);
    console_write(text, copied);
    done += copied;
    if (copied < chunk) return done != 0 ? static_cast<std::int64_t>(done) : -EFAULT;
  }
  return static_cast<std::int64_t>(done);
}

unsigned poll(open_file&) {
  return readable() ? POLLIN | POLLOUT : POLLOUT;
}

}  // namespace

const file_operations console_operations = {
    .read = read, .write = write, .poll = poll, .seekable = false};
