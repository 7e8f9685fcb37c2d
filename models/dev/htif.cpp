// SPDX-License-Identifier: Apache-2.0
#include "models/dev/htif.h"

#include <cstring>

namespace faultline {

namespace {

constexpr std::uint64_t kSystemCalls = 0;  // device
constexpr std::uint64_t kConsole = 1;      // device
constexpr std::uint64_t kConsoleRead = 0;
constexpr std::uint64_t kConsoleWrite = 1;

// Linux's numbers of RISC-V (include/uapi/asm-generic/unistd.h) and errors.
constexpr std::uint64_t kSysWrite = 64;
constexpr std::uint64_t kSysExit = 93;
constexpr std::int64_t kBadFile = -9;
constexpr std::int64_t kFault = -14;
constexpr std::int64_t kNoSuchCall = -38;

constexpr std::uint64_t kArgumentBytes = 64;

}  // namespace

Htif::Htif(const DirectMemory& memory, PhysAddr tohost, std::optional<PhysAddr> fromhost,
           Sink console, Exit on_exit)
    : memory_(memory),
      tohost_(tohost),
      fromhost_(fromhost),
      console_(std::move(console)),
      on_exit_(std::move(on_exit)) {}

void Htif::written(std::uint64_t value) {
  if (value == 0) return;
  const std::uint64_t device = value >> 56;
  const std::uint64_t command = (value >> 48) & 0xff;
  const std::uint64_t payload = value & 0xffff'ffff'ffff;
  put_word(tohost_, 0);
  if (device == kSystemCalls && command == 0) {
    if ((payload & 1) != 0) {
      on_exit_(payload >> 1);
    } else {
      system_call(PhysAddr{payload});
    }
  } else if (device == kConsole && command == kConsoleWrite) {
    console_(static_cast<char>(payload));
  } else if (device == kConsole && command == kConsoleRead) {
    input_wanted_ = true;
    answer_input();
  }
}

void Htif::receive(std::string_view bytes) {
  input_.insert(input_.end(), bytes.begin(), bytes.end());
  answer_input();
}

void Htif::answer_input() {
  if (!input_wanted_ || input_.empty()) return;
  input_wanted_ = false;
  const auto byte = static_cast<unsigned char>(input_.front());
  input_.pop_front();
  respond((kConsole << 56) | (kConsoleRead << 48) | 0x100 | byte);
}

void Htif::system_call(PhysAddr arguments) {
  if (memory_.contains(arguments, kArgumentBytes)) {
    const std::uint64_t number = word_at(arguments);
    if (number == kSysExit) {
      on_exit_(word_at(arguments + 8));
      return;
    }
    std::int64_t result = kNoSuchCall;
    if (number == kSysWrite) {
      result = write_console(word_at(arguments + 8), PhysAddr{word_at(arguments + 16)},
                             word_at(arguments + 24));
    }
    put_word(arguments, static_cast<std::uint64_t>(result));
  }
  respond(1);
}

std::int64_t Htif::write_console(std::uint64_t file, PhysAddr from, std::uint64_t bytes) {
  if (file != 1 && file != 2) return kBadFile;
  if (bytes == 0) return 0;
  if (!memory_.contains(from, bytes)) return kFault;
  const unsigned char* text = memory_.at(from);
  for (std::uint64_t i = 0; i < bytes; ++i) console_(static_cast<char>(text[i]));
  return static_cast<std::int64_t>(bytes);
}

void Htif::respond(std::uint64_t value) {
  if (fromhost_) put_word(*fromhost_, value);
}

std::uint64_t Htif::word_at(PhysAddr address) const {
  std::uint64_t value = 0;
  std::memcpy(&value, memory_.at(address), sizeof value);
  return value;
}

void Htif::put_word(PhysAddr address, std::uint64_t value) {
  if (memory_.contains(address, sizeof value)) {
    std::memcpy(memory_.at(address), &value, sizeof value);
  }
}

}  // namespace faultline
