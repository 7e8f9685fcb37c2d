// SPDX-License-Identifier: Apache-2.0
// The keys of MachineConfig, group by group.

#include "platform/config/schema.h"

namespace faultline {

namespace {

/// The way from a MachineConfig, const or not, to one of its fields.
#define PLACE(field)     \
  [](auto& c) -> auto& { \
    return c.field;      \
  }

void add_cpu(ConfigSchema& schema) {
  schema.add("cpu.frequency_mhz", integer<unsigned>(1, 10'000), PLACE(cpu.frequency_mhz),
             {.unit = "MHz",
              .description = "Clock of the core, its TLBs and its caches",
              .source = "assumption: a small application core"});
}

void add_firmware(ConfigSchema& schema) {
  schema.add("firmware.monitor", text("an ELF file, or \"\""), PLACE(firmware.monitor),
             {.description = "M-mode monitor; \"\" is the one built with Faultline"});
  schema.add("firmware.kernel", text("an ELF file, or \"\""), PLACE(firmware.kernel),
             {.description = "S-mode kernel; \"\" is the one built with Faultline"});
  schema.add(
      "firmware.fault_around_bytes", size_bytes(4096, 2 << 20), PLACE(firmware.fault_around_bytes),
      {.unit = "bytes",
       .description = "Window in which a read fault on a file maps the cached neighbours too; "
                      "one page turns it off",
       .source = "Linux 6.1, mm/memory.c: fault_around_bytes"});
  schema.add("firmware.svadu", boolean(), PLACE(firmware.svadu),
             {.description = "Let the walker set A and D (menvcfg.ADUE) instead of faulting",
              .source = "RISC-V Privileged 1.13, Svade and Svadu"});
  schema.add("firmware.loglevel", integer<unsigned>(0, 8), PLACE(firmware.loglevel),
             {.description = "The kernel prints messages below this level; 8 prints all",
              .source = "Linux's kernel parameter of that name"});
}

void add_program(ConfigSchema& schema) {
  schema.add(
      "program.path", text("a path in the guest"), PLACE(program.path),
      {.description = "Program to run in user mode; `-- PROGRAM` of the command line goes here"});
  schema.add("program.args", text_list(), PLACE(program.args),
             {.description = "Its arguments, without its name"});
  schema.add("program.files", copied_files(), PLACE(program.files),
             {.description = "Files of the host to put into the guest's archive (--file)"});
  schema.add(
      "program.generate", generated_files(), PLACE(program.generate),
      {.description = "Files to make up in the guest's archive, with bytes from a fixed seed"});
}

void add_sim(ConfigSchema& schema) {
  schema.add(
      "sim.name", text("a word"), PLACE(sim.name),
      {.description = "Name of the run: results go to runs/<name> unless --out says otherwise"});
  schema.add("sim.fidelity",
             choice<Fidelity>({{"functional", Fidelity::Functional}, {"cycle", Fidelity::Cycle}}),
             PLACE(sim.fidelity), {.description = "How closely the machine is simulated"});
  schema.add("sim.warmup.instructions", integer<std::uint64_t>(), PLACE(sim.warmup.instructions),
             {.unit = "instructions",
              .description = "Run so many instructions functionally first; 0 is none"});
  schema.add("sim.warmup.marker", boolean(), PLACE(sim.warmup.marker),
             {.description = "Run functionally until the guest executes marker 0x101"});
  schema.add("sim.max_cycles", integer<std::uint64_t>(), PLACE(sim.max_cycles),
             {.unit = "cycles", .description = "End the run there (exit status 3); 0 is no limit"});
  schema.add(
      "sim.max_instructions", integer<std::uint64_t>(), PLACE(sim.max_instructions),
      {.unit = "instructions", .description = "End the run there (exit status 3); 0 is no limit"});
  schema.add("sim.max_identical_traps", integer<std::uint64_t>(), PLACE(sim.max_identical_traps),
             {.unit = "traps",
              .description = "A guest that takes the same trap so often without getting on has run "
                             "wild (exit status 3); 0 never ends it"});
  schema.add("sim.progress", boolean(), PLACE(sim.progress),
             {.description = "Show a progress line if the error output is a terminal"});
  schema.add("sim.host.decode_cache", boolean(), PLACE(sim.host.decode_cache),
             {.description = "Host speed only: keep decoded instructions"});
  schema.add("sim.host.direct_memory", boolean(), PLACE(sim.host.direct_memory),
             {.description = "Host speed only: reach data by pointer, not by debug transactions"});
  schema.add(
      "sim.host.translation_hints", boolean(), PLACE(sim.host.translation_hints),
      {.description = "Host speed only: remember where recent translations lie in the TLBs"});
}

}  // namespace

ConfigSchema machine_schema() {
  ConfigSchema schema;
  add_cpu(schema);
  add_firmware(schema);
  add_program(schema);
  add_sim(schema);
  return schema;
}

}  // namespace faultline
