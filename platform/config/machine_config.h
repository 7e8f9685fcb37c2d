// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything that decides a run: the parameters of every model, the guest's software, and how it is
// simulated. A value of this type that came out of load_config() has passed every check; the rest
// of the program only ever sees it const. Each key's meaning, unit, range and source stand in the
// schema (platform/config/schema.h); the defaults stand here and in the models' own structs.

#include <cstdint>
#include <string>
#include <vector>

#include "models/bus/bus.h"
#include "models/cache/cache.h"
#include "models/cpu/hart_params.h"
#include "models/dev/disk_timing.h"
#include "models/dram/params.h"
#include "models/mmu/params.h"

namespace faultline {

/// The core. Its HartParams hold the keys of `cpu` and, as far as the hart obeys them, those of
/// `sim`.
struct CpuConfig {
  unsigned frequency_mhz = 1000;
  HartParams hart{};

  /// Length of one core cycle in picoseconds, rounded to the nearest (SystemC's resolution).
  [[nodiscard]] std::uint64_t period_ps() const {
    return (1'000'000 + frequency_mhz / 2) / frequency_mhz;
  }
};

/// The three caches; defaults as described in configs/default.yaml.
struct CacheConfig {
  CacheParams l1i{.size_bytes = 32 * 1024, .ways = 4};
  CacheParams l1d{.size_bytes = 32 * 1024, .ways = 8};
  CacheParams l2{
      .size_bytes = 1024 * 1024, .ways = 16, .latency_cycles = 12, .outstanding_misses = 16};
};

/// Main memory.
struct MemoryConfig {
  DramParams dram{};  ///< its `timing` is the preset's with `given_timing` over it, see derive()
  DramTiming given_timing;  ///< the values that keys gave; 0: the preset's
};

/// The guest's own software and its boot options.
struct FirmwareConfig {
  std::string monitor;  ///< ELF file of the M-mode monitor; empty: the one built with Faultline
  std::string kernel;   ///< ELF file of the S-mode kernel; empty: the one built with Faultline
  std::uint64_t fault_around_bytes = 65536;
  std::string transparent_hugepage = "madvise";
  std::string readahead = "async";
  bool svadu = false;
  bool vmstat = false;
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
  std::string path = "/bin/tour";
  std::vector<std::string> args;
  std::vector<std::string> env;  ///< NAME=value each, over the kernel's HOME, PATH and TERM
  std::string stdin_file;        ///< of the host, read from the guest's console; empty: nothing
  std::vector<CopiedFile> files;
  std::vector<GeneratedFile> generate;
};

/// What decides the time that a disk takes; see models/dev/disk_timing.h.
struct DiskTimingConfig {
  std::string profile = "nvme";
  DiskTimingParams given{};   ///< the values that keys gave; 0: the profile's
  DiskTimingParams timing{};  ///< the profile's with `given` over them, see derive()
  unsigned dma_burst_bytes = 256;
};

/// The disk of the board (virtio slot 0, mounted at /disk). There is none while `source`, `files`
/// and `generate` are empty.
struct DiskConfig {
  std::string source;  ///< a folder, or an image of an ext2 file system, of this host
  std::string out;     ///< file of this host that keeps the disk as the run left it; empty: none
  std::vector<CopiedFile> files;
  std::vector<GeneratedFile> generate;
  std::uint64_t free_bytes = std::uint64_t{16} << 20;  ///< room for what the guest writes
  bool read_only = false;
  std::vector<std::string> bad_files;
  std::vector<std::uint64_t> bad_sectors;
  DiskTimingConfig speed{};

  [[nodiscard]] bool present() const {
    return !source.empty() || !files.empty() || !generate.empty();
  }
};

/// The swap area of the board (virtio slot 1). There is none while its size is 0.
struct SwapConfig {
  std::uint64_t size_bytes = 0;
  std::vector<std::uint64_t> bad_pages;
  DiskTimingConfig speed{};
};

/// From power-on to the configured fidelity; until then the simulation is functional.
struct WarmupConfig {
  std::uint64_t instructions = 0;  ///< switch after so many instructions; 0: not by count
  bool marker = true;              ///< switch when the guest executes marker 0x101
};

/// Where waves begin.
struct WavesTrigger {
  enum class Kind : std::uint8_t {
    FirstFault,   ///< with the access of the first fault in cycle fidelity; `number` is 0
    Cycle,        ///< in that cycle
    Instruction,  ///< when so many instructions have retired since power-on
    Fault,        ///< with the access of that fault; from 1, as in faults.db
  };
  Kind kind = Kind::FirstFault;
  std::uint64_t number = 0;
  bool operator==(const WavesTrigger&) const = default;
};

/// What can be asked for: more would be gigabytes.
inline constexpr std::uint64_t kMostWaveCycles = 10'000'000;

/// The waves of a run (platform/waves).
struct WavesConfig {
  bool on = false;
  WavesTrigger from{};
  std::uint64_t cycles = 0;  ///< how long; 0: as WaveWindow says
};

/// How the machine is simulated, besides what HartParams hold.
struct SimConfig {
  std::string name = "run";  ///< names the default output folder
  WarmupConfig warmup;
  bool progress = true;
  std::string rtl_sources;  ///< folder of this host; empty: Faultline's own
  WavesConfig waves;
};

/// One machine and what it does.
struct MachineConfig {
  CpuConfig cpu;
  MmuParams mmu;
  CacheConfig cache;
  BusParams bus;
  MemoryConfig memory;
  FirmwareConfig firmware;
  ProgramConfig program;
  DiskConfig disk;
  SwapConfig swap;
  SimConfig sim;
};

/// Fills in the fields that follow from several keys: the DRAM's timing from preset, density and
/// overrides, the hart's warm-up from sim.warmup. Does nothing to a configuration that has been
/// derived before.
void derive(MachineConfig& config);

}  // namespace faultline
