// SPDX-License-Identifier: Apache-2.0
#pragma once

// The software of a run: monitor and kernel, the archive with the programs and files, the kernel's
// command line; and how it lies in memory when the hart starts.

#include <filesystem>
#include <string>
#include <vector>

#include "platform/board.h"
#include "platform/config/machine_config.h"
#include "platform/loader/archive.h"
#include "platform/loader/elf_image.h"

namespace faultline {

struct GuestSoftware {
  ElfImage monitor;
  ElfImage kernel;
  std::vector<unsigned char> archive;  ///< cpio, newc
  std::string bootargs;
  std::string console_input;  ///< what the console's reader finds, ended by Ctrl-D
};

/// Where the guest's software that was built with this executable lies: `sw` beside it.
[[nodiscard]] std::filesystem::path built_software();

/// Completes program.path: a name without a folder is one of /bin, and what is a file of this host
/// but none of the guest's comes into the archive as /bin/<name>.
void find_program(MachineConfig& config, const std::filesystem::path& built);

/// Reads everything that the configuration asks for; what it does not name comes from `built`.
/// Throws LoadError: a file that cannot be read, a program that is not in the archive (the message
/// lists what is).
[[nodiscard]] GuestSoftware read_guest_software(const MachineConfig& config,
                                                const std::filesystem::path& built);

/// The kernel's command line for a configuration: boot options, `init=`, and after `--` the
/// program's arguments. Throws LoadError for an argument that it cannot carry (one with a double
/// quote).
[[nodiscard]] std::string make_bootargs(const MachineConfig& config);

/// What the guest's console receives: the bytes of a file of the host (none if `file` is empty),
/// then the end of the input (Ctrl-D). Throws LoadError if the file cannot be read.
[[nodiscard]] std::string read_console_input(const std::string& file);

/// What is on the disks that the configuration asks for. Throws LoadError.
[[nodiscard]] BoardMedia make_media(const MachineConfig& config);
/// Writes what the run left on the disk to `disk.out`, if that is given. False, after an error
/// message, if that failed: the run's other results are still to be had.
[[nodiscard]] bool keep_disk(const Board& board, const MachineConfig& config);

/// Puts monitor, kernel, archive and device tree into the board's memory and sets the hart's entry.
/// The device tree lies in the last 2 MiB of memory and the archive below it. Throws LoadError if
/// they do not fit.
void boot(Board& board, const MachineConfig& config, const GuestSoftware& software);

/// The same for a bare-metal program: the image, a device tree, the entry, tohost.
void boot_bare(Board& board, const MachineConfig& config, const ElfImage& image);

}  // namespace faultline
