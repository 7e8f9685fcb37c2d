// SPDX-License-Identifier: Apache-2.0
// The keys of `firmware`, `program` and `sim`.

#include "platform/config/machine_schema.h"

#define PLACE FAULTLINE_PLACE

namespace faultline {

namespace {

void add_firmware(ConfigSchema& schema) {
  schema.add("firmware.monitor", text("an ELF file, or \"\""), PLACE(firmware.monitor),
             {.description = "M-mode monitor; \"\" is the one built with Faultline"});
  schema.add("firmware.kernel", text("an ELF file, or \"\""), PLACE(firmware.kernel),
             {.description = "S-mode kernel; \"\" is the one built with Faultline"});
  schema.add("firmware.fault_around_bytes", size_bytes(4096, 2 << 20),
             PLACE(firmware.fault_around_bytes),
             {.unit = "bytes",
              .description = "Window in which a read fault on a file maps the cached neighbours "
                             "too, a power of two; one page turns it off",
              .source = "Linux 6.1, mm/memory.c: fault_around_bytes"});
  schema.add(
      "firmware.transparent_hugepage",
      choice<std::string>({{"always", "always"}, {"madvise", "madvise"}, {"never", "never"}}),
      PLACE(firmware.transparent_hugepage),
      {.description = "Which private anonymous memory gets pages of 2 MiB",
       .source = "as Linux's kernel parameter; Debian's default"});
  schema.add("firmware.readahead", choice<std::string>({{"async", "async"}, {"sync", "sync"}}),
             PLACE(firmware.readahead),
             {.description = "Whether a fault that meets the marker of the next window waits for "
                             "that window: `sync` makes counts independent of the disk's speed",
              .source = "async as Linux"});
  schema.add("firmware.svadu", boolean(), PLACE(firmware.svadu),
             {.description = "Let the walker set A and D (menvcfg.ADUE) instead of faulting",
              .source = "RISC-V Svadu 1.0; off is Svade, as on most cores"});
  schema.add("firmware.loglevel", integer<unsigned>(0, 8), PLACE(firmware.loglevel),
             {.description = "The kernel prints messages below this level; 8 prints all",
              .source = "as Linux's kernel parameter"});
  schema.add("firmware.vmstat", boolean(), PLACE(firmware.vmstat),
             {.description = "Let the kernel print its event counters at the end"});
}

void add_program(ConfigSchema& schema) {
  schema.add("program.path", text("a path in the guest"), PLACE(program.path),
             {.description = "Program to run in user mode (-- PROGRAM of the command line)"});
  schema.add("program.args", text_list(), PLACE(program.args),
             {.description = "Its arguments, without its name"});
  schema.add(
      "program.env", text_list(), PLACE(program.env),
      {.description = "Its environment, NAME=value each (--env), besides HOME, PATH and TERM"});
  schema.add(
      "program.stdin", text("a file of this host, or \"\""), PLACE(program.stdin_file),
      {.description = "What the program finds on its standard input (--stdin); \"\" is nothing"});
  schema.add("program.files", copied_files(), PLACE(program.files),
             {.description = "Files of the host to put into the guest's archive (--file)"});
  schema.add(
      "program.generate", generated_files(), PLACE(program.generate),
      {.description = "Files to make up in the guest's archive, with bytes from a fixed seed"});
}

void add_host(ConfigSchema& schema) {
  schema.add("sim.host.decode_cache", boolean(), PLACE(cpu.hart.host.decode_cache),
             {.description = "Host speed only: keep decoded instructions"});
  schema.add("sim.host.direct_memory", boolean(), PLACE(cpu.hart.host.direct_memory),
             {.description = "Host speed only: reach data by pointer, not by debug transactions"});
  schema.add("sim.host.translation_hints", boolean(), PLACE(cpu.hart.host.translation_hints),
             {.description = "Host speed only: remember where in the TLBs a page was found"});
}

void add_waves(ConfigSchema& schema) {
  schema.add("sim.waves.on", boolean(), PLACE(sim.waves.on),
             {.description = "Write waves into the run's folder (--waves)"});
  schema.add("sim.waves.from", waves_trigger(), PLACE(sim.waves.from),
             {.description = "Where they begin (--waves-from): with the access of the first timed "
                             "fault, or of a fault as faults.db counts, in a cycle, or when so "
                             "many instructions have retired"});
  schema.add("sim.waves.cycles", integer<std::uint64_t>(0, kMostWaveCycles),
             PLACE(sim.waves.cycles),
             {.unit = "cycles",
              .description = "How long they are (--waves-for); 0 is 10,000 cycles, or from a fault "
                             "until a little after its end"});
}

}  // namespace

void add_software_keys(ConfigSchema& schema) {
  add_firmware(schema);
  add_program(schema);
}

void add_sim_keys(ConfigSchema& schema) {
  schema.add("sim.name", text("a name of a folder, without /"), PLACE(sim.name),
             {.description = "Name of the run: results go to runs/<name> unless --out is given"});
  schema.add("sim.fidelity",
             choice<Fidelity>({{"functional", Fidelity::Functional}, {"cycle", Fidelity::Cycle}}),
             PLACE(cpu.hart.fidelity), {.description = "How closely the machine is simulated"});
  schema.add(
      "sim.warmup.instructions", integer<std::uint64_t>(), PLACE(sim.warmup.instructions),
      {.unit = "instructions",
       .description = "Run so many instructions functionally first, in the place of the marker; "
                      "0 is none"});
  schema.add(
      "sim.warmup.marker", boolean(), PLACE(sim.warmup.marker),
      {.description = "Run functionally until the guest executes marker 0x101, as the kernel "
                      "does before the first program; `faultline bare` turns it off"});
  schema.add("sim.max_cycles", integer<std::uint64_t>(), PLACE(cpu.hart.limits.max_cycles),
             {.unit = "cycles", .description = "End the run there (exit status 3); 0 is no limit"});
  schema.add(
      "sim.max_instructions", integer<std::uint64_t>(), PLACE(cpu.hart.limits.max_instructions),
      {.unit = "instructions", .description = "End the run there (exit status 3); 0 is no limit"});
  schema.add("sim.max_fruitless_traps", integer<std::uint64_t>(2),
             PLACE(cpu.hart.limits.max_fruitless_traps),
             {.unit = "traps",
              .description = "Traps without an instruction between them after which the guest has "
                             "run wild (exit status 3)"});
  schema.add("sim.max_identical_traps", integer<std::uint64_t>(2),
             PLACE(cpu.hart.limits.max_equal_traps),
             {.unit = "traps",
              .description = "Repetitions of the very same trap with the very same registers, or "
                             "traps without a return between them, after which the guest has run "
                             "wild (exit status 3)"});
  schema.add("sim.progress", boolean(), PLACE(sim.progress),
             {.description = "Show a progress line if the error output is a terminal"});
  schema.add("sim.rtl_sources", text("a folder of this host, or \"\""), PLACE(sim.rtl_sources),
             {.description = "SystemVerilog of the engines that are rtl; \"\" is Faultline's own"});
  add_waves(schema);
  add_host(schema);
}

}  // namespace faultline
