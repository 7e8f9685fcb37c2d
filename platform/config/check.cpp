// SPDX-License-Identifier: Apache-2.0
// What follows from several keys, and checks across keys: the models' own, with dotted paths before
// their keys, and the platform's.

#include <bit>
#include <limits>

#include "models/mmu/format.h"
#include "platform/config/load.h"

namespace faultline {

namespace {

void add(ConfigProblems& problems, const std::string& prefix,
         const std::vector<ParamProblem>& found) {
  for (const ParamProblem& p : found) {
    problems.push_back({.path = prefix + p.key, .value = p.value, .allowed = p.allowed});
  }
}

/// The key of a field of HartParams, which has its parts in structs that the keys do not show.
std::string hart_key(const std::string& field) {
  if (field == "limits.max_equal_traps") return "sim.max_identical_traps";
  if (field == "limits.max_fruitless_traps") return "sim.max_fruitless_traps";
  return "cpu." + field.substr(field.find('.') + 1);  // timing.*, csr.*
}

void check_hart(ConfigProblems& problems, const HartParams& hart) {
  for (const ParamProblem& p : check(hart)) {
    problems.push_back({.path = hart_key(p.key), .value = p.value, .allowed = p.allowed});
  }
}

void check_software(ConfigProblems& problems, const MachineConfig& config) {
  if (!std::has_single_bit(config.firmware.fault_around_bytes)) {
    problems.push_back({.path = "firmware.fault_around_bytes",
                        .value = format_size(config.firmware.fault_around_bytes),
                        .allowed = "a power of two"});
  }
  if (config.firmware.svadu && !config.cpu.hart.csr.svadu) {
    problems.push_back(
        {.path = "firmware.svadu", .value = "true", .allowed = "false while cpu.svadu is false"});
  }
  if (config.program.path.empty()) {
    problems.push_back({.path = "program.path", .value = "\"\"", .allowed = "a path in the guest"});
  }
  const std::string& name = config.sim.name;
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    problems.push_back({.path = "sim.name",
                        .value = '"' + name + '"',
                        .allowed = "a name of a folder, without /"});
  }
}

void check_disk_speed(ConfigProblems& problems, const std::string& prefix,
                      const DiskTimingConfig& speed) {
  add(problems, prefix, check(speed.timing));
  if (!std::has_single_bit(speed.dma_burst_bytes)) {
    problems.push_back({.path = prefix + "dma_burst_bytes",
                        .value = std::to_string(speed.dma_burst_bytes),
                        .allowed = "a power of two"});
  }
}

void check_disks(ConfigProblems& problems, const MachineConfig& config) {
  check_disk_speed(problems, "disk.", config.disk.speed);
  check_disk_speed(problems, "swap.", config.swap.speed);
  const std::uint64_t swap_bytes = config.swap.size_bytes;
  constexpr std::uint64_t kLeastPages = 10;  // as Linux's mkswap
  if (swap_bytes != 0 && (swap_bytes % kPageBytes != 0 || swap_bytes < kLeastPages * kPageBytes)) {
    problems.push_back({.path = "swap.size_bytes",
                        .value = format_size(swap_bytes),
                        .allowed = "0, or a multiple of 4KiB from 40KiB"});
  }
  for (const std::uint64_t page : config.swap.bad_pages) {
    if (page != 0 && page < swap_bytes / kPageBytes) continue;
    problems.push_back({.path = "swap.bad_pages",
                        .value = std::to_string(page),
                        .allowed = "pages of the swap area, behind its header (page 0)"});
  }
}

/// `given` where it is not 0, else `preset`.
unsigned merged(unsigned given, unsigned preset) {
  return given != 0 ? given : preset;
}

DramTiming merge(const DramTiming& given, const DramTiming& preset) {
  return {.data_rate_mtps = preset.data_rate_mtps,
          .cl = merged(given.cl, preset.cl),
          .cwl = merged(given.cwl, preset.cwl),
          .t_rcd = merged(given.t_rcd, preset.t_rcd),
          .t_rp = merged(given.t_rp, preset.t_rp),
          .t_ras = merged(given.t_ras, preset.t_ras),
          .t_rc = merged(given.t_rc, preset.t_rc),
          .t_rrd_s = merged(given.t_rrd_s, preset.t_rrd_s),
          .t_rrd_l = merged(given.t_rrd_l, preset.t_rrd_l),
          .t_faw = merged(given.t_faw, preset.t_faw),
          .t_ccd_s = merged(given.t_ccd_s, preset.t_ccd_s),
          .t_ccd_l = merged(given.t_ccd_l, preset.t_ccd_l),
          .t_wr = merged(given.t_wr, preset.t_wr),
          .t_wtr_s = merged(given.t_wtr_s, preset.t_wtr_s),
          .t_wtr_l = merged(given.t_wtr_l, preset.t_wtr_l),
          .t_rtp = merged(given.t_rtp, preset.t_rtp),
          .t_rfc = merged(given.t_rfc, preset.t_rfc),
          .t_refi = merged(given.t_refi, preset.t_refi),
          .t_rtrs = merged(given.t_rtrs, preset.t_rtrs)};
}

}  // namespace

void derive(MachineConfig& config) {
  DramParams& dram = config.memory.dram;
  if (config.memory.given_timing == DramTiming{}) {
    dram.timing.reset();
  } else if (const auto preset = dram_timing(dram.preset, dram.density_gbit)) {
    dram.timing = merge(config.memory.given_timing, *preset);
  }
  for (DiskTimingConfig* speed : {&config.disk.speed, &config.swap.speed}) {
    const DiskProfile* profile = find_disk_profile(speed->profile);
    if (profile != nullptr) speed->timing = resolve(speed->given, *profile);
  }
  std::vector<SatpMode>& modes = config.cpu.hart.csr.satp_modes;
  modes.clear();
  for (const SatpMode mode : {SatpMode::Bare, SatpMode::Sv39, SatpMode::Sv48, SatpMode::Sv57}) {
    if (supports_satp_mode(config.mmu.format, static_cast<std::uint64_t>(mode))) {
      modes.push_back(mode);
    }
  }
  const WarmupConfig& warmup = config.sim.warmup;
  const bool until_marker = warmup.marker && warmup.instructions == 0;
  config.cpu.hart.warmup_instructions =
      until_marker ? std::numeric_limits<std::uint64_t>::max() : warmup.instructions;
}

ConfigProblems check(const MachineConfig& config) {
  ConfigProblems problems;
  check_hart(problems, config.cpu.hart);
  add(problems, "mmu.", check(config.mmu));
  add(problems, "cache.l1i.", check(config.cache.l1i));
  add(problems, "cache.l1d.", check(config.cache.l1d));
  add(problems, "cache.l2.", check(config.cache.l2));
  add(problems, "bus.", check(config.bus));
  add(problems, "dram.", check(config.memory.dram));
  check_disks(problems, config);
  check_software(problems, config);
  return problems;
}

}  // namespace faultline
