// SPDX-License-Identifier: Apache-2.0
// The keys of `cpu`.

#include "platform/config/machine_schema.h"

#define PLACE FAULTLINE_PLACE

namespace faultline {

namespace {

constexpr const char* kE31 = "SiFive E31 Core Complex Manual, 3.2 and 3.3";
constexpr const char* kAssumption = "assumption";

/// A latency or penalty of the pipeline, in cycles.
template <typename Place>
void add_cycles(ConfigSchema& schema, const char* name, unsigned least, Place place,
                const char* description, const char* source) {
  schema.add(std::string("cpu.") + name, integer<unsigned>(least, 1000), place,
             {.unit = "cycles", .description = description, .source = source});
}

void add_latencies(ConfigSchema& schema) {
  add_cycles(schema, "mul_cycles", 1, PLACE(cpu.hart.timing.mul_cycles),
             "Latency of a multiplication", kE31);
  add_cycles(schema, "div_word_cycles", 1, PLACE(cpu.hart.timing.div_word_cycles),
             "Latency of a 32-bit division", kE31);
  add_cycles(schema, "div_cycles", 1, PLACE(cpu.hart.timing.div_cycles),
             "Latency of a 64-bit division", kAssumption);
  add_cycles(schema, "csr_cycles", 1, PLACE(cpu.hart.timing.csr_cycles), "Latency of a CSR access",
             kE31);
  add_cycles(schema, "float_single_cycles", 1, PLACE(cpu.hart.timing.float_single_cycles),
             "Latency of add, multiply, convert and fused operations on singles", kAssumption);
  add_cycles(schema, "float_double_cycles", 1, PLACE(cpu.hart.timing.float_double_cycles),
             "The same on doubles", kAssumption);
  add_cycles(schema, "float_simple_cycles", 1, PLACE(cpu.hart.timing.float_simple_cycles),
             "Latency of sign, minimum, comparison, class and move", kAssumption);
  add_cycles(schema, "float_div_single_cycles", 1, PLACE(cpu.hart.timing.float_div_single_cycles),
             "Latency of fdiv.s and fsqrt.s", kAssumption);
  add_cycles(schema, "float_div_double_cycles", 1, PLACE(cpu.hart.timing.float_div_double_cycles),
             "Latency of fdiv.d and fsqrt.d", kAssumption);
  add_cycles(schema, "amo_cycles", 0, PLACE(cpu.hart.timing.amo_cycles),
             "Added to the load-to-use latency for the result of an AMO", kAssumption);
}

void add_branches(ConfigSchema& schema) {
  add_cycles(schema, "taken_penalty_cycles", 0, PLACE(cpu.hart.timing.taken_penalty_cycles),
             "Lost by a jump or branch that was predicted as taken", kE31);
  add_cycles(schema, "mispredicted_penalty_cycles", 0,
             PLACE(cpu.hart.timing.mispredicted_penalty_cycles),
             "Lost by one that was mispredicted", kE31);
  schema.add("cpu.bht_entries", integer<unsigned>(1, 1 << 20), PLACE(cpu.hart.timing.bht_entries),
             {.unit = "entries",
              .description = "Branch history table of 2-bit counters; a power of two",
              .source = kE31});
  schema.add("cpu.ras_entries", integer<unsigned>(0, 64), PLACE(cpu.hart.timing.ras_entries),
             {.unit = "entries", .description = "Return-address stack; 0 is none", .source = kE31});
}

void add_system(ConfigSchema& schema) {
  add_cycles(schema, "csr_write_penalty_cycles", 0, PLACE(cpu.hart.timing.csr_write_penalty_cycles),
             "Refill after a CSR write that changes translation", kAssumption);
  add_cycles(schema, "fence_penalty_cycles", 0, PLACE(cpu.hart.timing.fence_penalty_cycles),
             "Lost by fence, besides waiting for outstanding misses", kAssumption);
  add_cycles(schema, "fence_i_penalty_cycles", 0, PLACE(cpu.hart.timing.fence_i_penalty_cycles),
             "Lost by fence.i, besides emptying the L1 instruction cache", kAssumption);
  add_cycles(schema, "sfence_penalty_cycles", 0, PLACE(cpu.hart.timing.sfence_penalty_cycles),
             "Lost by sfence.vma: dropping TLB entries, and a refill", kAssumption);
  add_cycles(schema, "trap_entry_cycles", 0, PLACE(cpu.hart.timing.trap_entry_cycles),
             "From the failed instruction to the handler's first fetch", kAssumption);
  add_cycles(schema, "trap_return_cycles", 0, PLACE(cpu.hart.timing.trap_return_cycles),
             "Lost by mret and sret: a refill", kAssumption);
  schema.add("cpu.asid_bits", integer<unsigned>(0, 16), PLACE(cpu.hart.csr.asid_bits),
             {.unit = "bits",
              .description = "Implemented bits of satp.ASID",
              .source = "RISC-V Privileged 1.12, 4.1.11: at most 16"});
  schema.add("cpu.sstc", boolean(), PLACE(cpu.hart.csr.sstc),
             {.description = "The Sstc extension (stimecmp) is there"});
  schema.add(
      "cpu.svadu", boolean(), PLACE(cpu.hart.csr.svadu),
      {.description = "The Svadu extension (menvcfg.ADUE) is there; firmware.svadu turns it on"});
}

}  // namespace

void add_cpu_keys(ConfigSchema& schema) {
  schema.add("cpu.frequency_mhz", integer<unsigned>(1, 10'000), PLACE(cpu.frequency_mhz),
             {.unit = "MHz",
              .description = "Clock of the core, its TLBs and its caches",
              .source = "SiFive FU540-C000 and FU740-C000 run at 1 to 1.5 GHz"});
  add_latencies(schema);
  add_branches(schema);
  add_system(schema);
}

}  // namespace faultline
