// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command line, taken apart: which command with which arguments. Nothing is executed here; what
// the values mean is checked where they are used.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "platform/config/machine_config.h"

namespace faultline {

/// Where a command's configuration comes from.
struct ConfigArguments {
  std::string file;                   ///< empty: the default machine
  std::vector<std::string> settings;  ///< path=value each
};

/// faultline run [CONFIG.yaml] ... [-- PROGRAM ARGS...]
struct RunArguments {
  ConfigArguments config;
  std::string out;  ///< empty: runs/<sim.name>
  std::vector<CopiedFile> files;
  std::vector<std::string> env;      ///< NAME=value each
  std::string stdin_file;            ///< empty: that of the configuration
  std::string disk;                  ///< folder or image; empty: that of the configuration
  std::string disk_out;              ///< empty: that of the configuration
  std::vector<std::string> program;  ///< path and arguments; empty: those of the configuration
};

/// faultline bare ELF ...
struct BareArguments {
  std::string elf;
  ConfigArguments config;
  std::string out;  ///< folder for waves; empty: runs/<sim.name>
  std::optional<std::uint64_t> max_cycles;
};

/// faultline config [CONFIG.yaml] ...
struct ShowConfigArguments {
  enum class Form : std::uint8_t { Commented, Plain, Markdown };
  ConfigArguments config;
  Form form = Form::Commented;
};

/// faultline rtl [CONFIG.yaml] ...
struct RtlArguments {
  ConfigArguments config;
};

/// faultline cosim [CONFIG.yaml] ...
struct CosimArguments {
  ConfigArguments config;              ///< neither file nor settings: the standard designs
  std::optional<std::uint64_t> walks;  ///< if not given, the standard budget
  std::uint64_t seed = 1;
  std::string unit = "all";          ///< walker, l2_tlb, all
  std::vector<std::string> designs;  ///< by name; empty: all
  bool list_designs = false;
  std::optional<std::uint64_t> round;  ///< only this one
  bool waves = false;                  ///< of that round
  bool no_waves = false;               ///< not even of a round that differs
  std::string out;                     ///< empty: no cosim.json; waves go to runs/cosim
  std::string rtl_sources;             ///< empty: Faultline's own
  std::string rtl_coverage;            ///< empty: nothing is counted
};

/// Nothing to do any more: help or version was printed, or the usage was wrong.
struct ExitNow {
  int status = 0;
};

using Command = std::variant<RunArguments, BareArguments, ShowConfigArguments, RtlArguments,
                             CosimArguments, ExitNow>;

/// `arguments` without the program's name. Help goes to `out`, complaints to `err`.
[[nodiscard]] Command parse_arguments(std::vector<std::string> arguments, std::ostream& out,
                                      std::ostream& err);

}  // namespace faultline
