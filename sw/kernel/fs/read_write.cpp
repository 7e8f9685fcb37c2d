// SPDX-License-Identifier: Apache-2.0
// Reading files of the page cache into user memory, and the console.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/page_alloc.h"

namespace {

constexpr std::size_t kConsoleChunk = 256;
constexpr char kEndOfTransmission = 4;

std::uint64_t smaller(std::uint64_t a, std::uint64_t b) {
  return a < b ? a : b;
}

/// Copies from the page cache straight to user memory, page by page.
std::int64_t read_regular(open_file& f, std::uintptr_t to, std::uint64_t size) {
  address_space& mapping = f.node->i_data;
  std::uint64_t done = 0;
  while (done < size && f.pos < mapping.i_size) {
    const std::uint64_t offset = f.pos % PAGE_SIZE;
    const std::uint64_t chunk =
        smaller(smaller(size - done, PAGE_SIZE - offset), mapping.i_size - f.pos);
    int error = 0;
    page* const p = read_mapping_page(mapping, f.pos / PAGE_SIZE, error);
    if (p == nullptr) return done != 0 ? static_cast<std::int64_t>(done) : error;
    const char* const from = static_cast<const char*>(page_address(p)) + offset;
    const std::uint64_t copied = chunk - copy_to_user(to + done, from, chunk);
    put_page(p);
    f.pos += copied;
    done += copied;
    if (copied < chunk) return done != 0 ? static_cast<std::int64_t>(done) : -EFAULT;
  }
  return static_cast<std::int64_t>(done);
}

/// Ctrl-D has been read after other characters: the next read finds the end of the file.
bool end_of_input;

/// Waits for the first character; Ctrl-D is the end of the file, as on a terminal.
std::int64_t read_console(open_file&, std::uintptr_t to, std::uint64_t size) {
  char text[kConsoleChunk];
  const std::uint64_t wanted = smaller(size, sizeof(text));
  if (wanted == 0) return 0;
  std::uint64_t count = 0;
  while (count == 0 && !end_of_input) count = ::console_read(text, wanted);
  end_of_input = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (text[i] == '\r') text[i] = '\n';
    if (text[i] == kEndOfTransmission) {
      end_of_input = i != 0;
      count = i;
    }
  }
  return copy_to_user(to, text, count) == 0 ? static_cast<std::int64_t>(count) : -EFAULT;
}

std::int64_t write_console(open_file&, std::uintptr_t from, std::uint64_t size) {
  char text[kConsoleChunk];
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t chunk = smaller(size - done, sizeof(text));
    const std::uint64_t copied = chunk - copy_from_user(text, from + done, chunk);
    ::console_write(text, copied);
    done += copied;
    if (copied < chunk) return done != 0 ? static_cast<std::int64_t>(done) : -EFAULT;
  }
  return static_cast<std::int64_t>(done);
}

}  // namespace

const file_operations regular_file_operations = {.read = read_regular, .write = nullptr};
const file_operations console_operations = {.read = read_console, .write = write_console};
