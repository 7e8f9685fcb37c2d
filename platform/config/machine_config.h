// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything that decides a run: the parameters of every model, the guest's software, and how it is
// simulated. A value of this type that came out of load_config() has passed every check; the rest
// of the program only ever sees it const. Each key's meaning, unit, range and source stand in the
// schema (platform/config/schema.h); the defaults stand here and in the models' own structs.

#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// How closely the hart and the memory system are simulated.
enum class Fidelity : std::uint8_t {
  Functional,  ///< right results, one instruction a cycle, no TLBs and caches
  Cycle,       ///< everything timed
};

/// The core.
struct CpuConfig {
  unsigned frequency_mhz = 1000;

  /// Length of one core cycle in picoseconds, rounded to the nearest (SystemC's resolution).
  [[nodiscard]] std::uint64_t period_ps() const {
    return (1'000'000 + frequency_mhz / 2) / frequency_mhz;
  }
};

/// The guest's own software and its boot options.
struct FirmwareConfig {
  std::string monitor;  ///< ELF file of the M-mode monitor; empty: the one built with Faultline
  std::string kernel;   ///< ELF file of the S-mode kernel; empty: the one built with Faultline
  std::uint64_t fault_around_bytes = 65536;
  bool svadu = false;
  unsigned loglevel = 4;
};

/// A file of the guest's archive that is made up: bytes drawn from a generator with a fixed seed.
struct GeneratedFile {
  std::string path;  ///< in the guest
  std::uint64_t size_bytes = 0;
  std::uint64_t seed = 1;
  bool operator==(const GeneratedFile&) const = default;
};

/// A file of the host that is put into the guest's archive.
struct CopiedFile {
  std::string host;
  std::string guest;
  bool operator==(const CopiedFile&) const = default;
};

/// The program that runs in the guest's user mode, and the files it finds there.
struct ProgramConfig {
  std::string path = "/bin/touch";
  std::vector<std::string> args;
  std::vector<CopiedFile> files;
  std::vector<GeneratedFile> generate;
};

/// From power-on to the configured fidelity; until then the simulation is functional.
struct WarmupConfig {
  std::uint64_t instructions = 0;  ///< switch after so many instructions; 0: not by count
  bool marker = false;             ///< switch when the guest executes marker 0x101
};

/// Shortcuts that make the host faster and change no result.
struct HostConfig {
  bool decode_cache = true;
  bool direct_memory = true;
  bool translation_hints = true;
};

/// How the machine is simulated.
struct SimConfig {
  std::string name = "run";  ///< names the default output folder
  Fidelity fidelity = Fidelity::Cycle;
  WarmupConfig warmup;
  std::uint64_t max_cycles = 0;        ///< 0: no limit
  std::uint64_t max_instructions = 0;  ///< 0: no limit
  std::uint64_t max_identical_traps = 100'000;
  bool progress = true;
  HostConfig host;
};

/// One machine and what it does.
struct MachineConfig {
  CpuConfig cpu;
  FirmwareConfig firmware;
  ProgramConfig program;
  SimConfig sim;
};

}  // namespace faultline
