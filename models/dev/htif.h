// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host-target interface of bare-metal RISC-V programs: two words in memory, `tohost` and
// `fromhost`, through which a program ends, reads and writes a console and asks for system calls,
// in the protocol of the RISC-V front-end server (riscv-isa-sim). Not modelled: any time that the
// host takes (its answers are there at once), its disk devices, and system calls other than write
// and exit.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>

#include "models/common/memory_attributes.h"
#include "models/common/types.h"

namespace faultline {

/// A word written to tohost is device (63:56), command (55:48) and payload (47:0):
///   device 0, command 0   an odd payload ends the program with status payload >> 1 (1 = pass); an
///   even one
///                         points to eight words: system-call number (Linux's of RISC-V),
///                         arguments, and room for the result in the first
///   device 1, command 1   writes the payload's low byte to the console
///   device 1, command 0   asks for a byte of input: fromhost becomes device, command, 0x100 |
///   byte, as
///                         soon as there is one
/// 0 is no command, and others are ignored.
class Htif {
 public:
  using Sink = std::function<void(char)>;
  using Exit = std::function<void(std::uint64_t status)>;

  /// `memory` holds both words. A program without `fromhost` gets no answers.
  Htif(const DirectMemory& memory, PhysAddr tohost, std::optional<PhysAddr> fromhost, Sink console,
       Exit on_exit);

  [[nodiscard]] PhysAddr tohost() const { return tohost_; }
  /// The guest has stored to tohost, which holds `value` now. Clears tohost when the command is
  /// done.
  void written(std::uint64_t value);
  /// Bytes of console input.
  void receive(std::string_view bytes);

 private:
  void system_call(PhysAddr arguments);
  [[nodiscard]] std::int64_t write_console(std::uint64_t file, PhysAddr from, std::uint64_t bytes);
  void answer_input();
  void respond(std::uint64_t value);
  [[nodiscard]] std::uint64_t word_at(PhysAddr address) const;
  void put_word(PhysAddr address, std::uint64_t value);

  DirectMemory memory_;
  PhysAddr tohost_;
  std::optional<PhysAddr> fromhost_;
  Sink console_;
  Exit on_exit_;
  std::deque<char> input_;
  bool input_wanted_ = false;
};

}  // namespace faultline
