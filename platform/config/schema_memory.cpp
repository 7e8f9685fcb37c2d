// SPDX-License-Identifier: Apache-2.0
// The keys of `cache`, `bus` and `dram`.

#include <fmt/format.h>

#include "platform/config/machine_schema.h"

#define PLACE FAULTLINE_PLACE

namespace faultline {

namespace {

constexpr const char* kAssumption = "assumption";

/// The keys of one cache; `cache` is the way to its CacheParams.
template <typename Place>
void add_cache(ConfigSchema& schema, const std::string& path, const char* what, Place cache,
               const char* size_source, const char* latency_source) {
  schema.add(
      path + ".size_bytes", size_bytes(64, std::uint64_t{1} << 30),
      field_of(cache, &CacheParams::size_bytes),
      {.unit = "bytes", .description = fmt::format("{}: size", what), .source = size_source});
  schema.add(path + ".ways", integer<unsigned>(1, 64), field_of(cache, &CacheParams::ways),
             {.unit = "ways", .description = fmt::format("{}: ways", what), .source = size_source});
  schema.add(path + ".line_bytes", integer<unsigned>(64, 64),
             field_of(cache, &CacheParams::line_bytes),
             {.unit = "bytes",
              .description = fmt::format("{}: line; 64 is the only size so far", what),
              .source = size_source});
  schema.add(path + ".latency_cycles", integer<unsigned>(1, 1000),
             field_of(cache, &CacheParams::latency_cycles),
             {.unit = "cycles",
              .description = fmt::format("{}: from an access to its data on a hit", what),
              .source = latency_source});
  schema.add(path + ".outstanding_misses", integer<unsigned>(1, 64),
             field_of(cache, &CacheParams::outstanding_misses),
             {.unit = "misses",
              .description = fmt::format("{}: misses under way at the same time", what),
              .source = kAssumption});
  schema.add(path + ".replacement", replacement_kind(), field_of(cache, &CacheParams::replacement),
             {.description = fmt::format("{}: replacement policy", what), .source = kAssumption});
  schema.add(path + ".seed", integer<std::uint64_t>(0), field_of(cache, &CacheParams::seed),
             {.description = fmt::format("{}: seed of the random policy", what)});
}

void add_bus(ConfigSchema& schema) {
  schema.add("bus.request_latency_cycles", integer<unsigned>(0, 1000),
             PLACE(bus.request_latency_cycles),
             {.unit = "cycles",
              .description = "From the initiator's port to the target's",
              .source = "assumption: a register stage at either end"});
  schema.add("bus.response_latency_cycles", integer<unsigned>(0, 1000),
             PLACE(bus.response_latency_cycles),
             {.unit = "cycles",
              .description = "From the target's port to the initiator's",
              .source = "assumption: a register stage at either end"});
  schema.add("bus.width_bytes", integer<unsigned>(1, 64), PLACE(bus.width_bytes),
             {.unit = "bytes",
              .description = "What a channel moves in one cycle; a power of two",
              .source = kAssumption});
}

void add_dram_shape(ConfigSchema& schema) {
  std::vector<std::pair<std::string_view, std::string>> presets;
  for (const std::string& name : dram_presets()) presets.emplace_back(name, name);
  schema.add("dram.size_bytes", size_bytes(1 << 20, std::uint64_t{1} << 40),
             PLACE(memory.dram.size_bytes),
             {.unit = "bytes",
              .description = "Main memory of the guest; the host pays for what is touched"});
  schema.add("dram.preset", choice<std::string>(presets), PLACE(memory.dram.preset),
             {.description = "Speed grade: decides every timing value that is not given",
              .source = "JESD79-4B"});
  schema.add("dram.density_gbit", integer<unsigned>(4, 16), PLACE(memory.dram.density_gbit),
             {.unit = "Gbit",
              .description = "Size of one x8 device: 4, 8 or 16",
              .source = "JESD79-4B, 2.6"});
  schema.add("dram.channels", integer<unsigned>(1, 8), PLACE(memory.dram.channels),
             {.unit = "channels", .description = "Independent 64-bit channels: 1, 2, 4 or 8"});
  schema.add("dram.ranks", integer<unsigned>(1, 8), PLACE(memory.dram.ranks),
             {.unit = "ranks", .description = "Ranks of a channel: 1, 2, 4 or 8"});
  schema.add("dram.address_order",
             text("row, rank, bank, column, bankgroup and channel, joined by -"),
             PLACE(memory.dram.address_order),
             {.description = "What the address bits above a line select, from the top down",
              .source = "assumption: neighbouring lines in different bank groups"});
  schema.add(
      "dram.bank_hash", boolean(), PLACE(memory.dram.bank_hash),
      {.description = "XOR the row's lowest 4 bits into bank and bank group, so that rows at "
                      "a power of two apart do not share a bank",
       .source = "assumption; the hash is that of Zhang, Zhu and Zhang (MICRO-33, 2000)"});
}

void add_dram_controller(ConfigSchema& schema) {
  schema.add("dram.page_policy",
             choice<PagePolicy>({{"open", PagePolicy::Open}, {"closed", PagePolicy::Closed}}),
             PLACE(memory.dram.page_policy),
             {.description = "What happens to a row after an access", .source = kAssumption});
  const auto add = [&schema](const char* name, const char* unit, unsigned least, auto place,
                             const char* description) {
    schema.add(std::string("dram.") + name, integer<unsigned>(least, 4096), place,
               {.unit = unit, .description = description, .source = kAssumption});
  };
  add("read_queue_depth", "requests", 1, PLACE(memory.dram.read_queue_depth),
      "Reads of a channel that the scheduler sees");
  add("write_queue_depth", "lines", 1, PLACE(memory.dram.write_queue_depth),
      "Posted writes of a channel");
  add("write_high_watermark", "lines", 1, PLACE(memory.dram.write_high_watermark),
      "So many posted writes go before reads ...");
  add("write_low_watermark", "lines", 0, PLACE(memory.dram.write_low_watermark),
      "... until only so many are left");
  add("starvation_cap", "commands", 1, PLACE(memory.dram.starvation_cap),
      "Column commands that may overtake a request");
  const auto latency = [&schema](const char* name, auto place, const char* description) {
    schema.add(std::string("dram.") + name, integer<Cycles>(0, 10'000), place,
               {.unit = "cycles", .description = description, .source = kAssumption});
  };
  latency("frontend_latency_cycles", PLACE(memory.dram.frontend_latency_cycles),
          "From the controller's port to the command queue, in core cycles");
  latency("backend_latency_cycles", PLACE(memory.dram.backend_latency_cycles),
          "From the end of the data burst to the controller's port, in core cycles");
  latency("forward_latency_cycles", PLACE(memory.dram.forward_latency_cycles),
          "A read that finds its line among the posted writes, in core cycles");
}

void add_dram_timing(ConfigSchema& schema) {
  const auto add = [&schema](const char* name, auto place, const char* standard) {
    schema.add(std::string("dram.timing.") + name, integer<unsigned>(0, 65'535), place,
               {.unit = "DRAM cycles",
                .description = fmt::format("{}; 0 is the preset's", standard),
                .source = "JESD79-4B through dram.preset"});
  };
  add("cl", PLACE(memory.given_timing.cl), "CL: RD to data");
  add("cwl", PLACE(memory.given_timing.cwl), "CWL: WR to data");
  add("t_rcd", PLACE(memory.given_timing.t_rcd), "tRCD: ACT to RD or WR");
  add("t_rp", PLACE(memory.given_timing.t_rp), "tRP: PRE to ACT");
  add("t_ras", PLACE(memory.given_timing.t_ras), "tRAS: ACT to PRE");
  add("t_rc", PLACE(memory.given_timing.t_rc), "tRC: ACT to ACT, same bank");
  add("t_rrd_s", PLACE(memory.given_timing.t_rrd_s), "tRRD_S: ACT to ACT, other bank group");
  add("t_rrd_l", PLACE(memory.given_timing.t_rrd_l), "tRRD_L: ACT to ACT, same bank group");
  add("t_faw", PLACE(memory.given_timing.t_faw), "tFAW: window of four ACT");
  add("t_ccd_s", PLACE(memory.given_timing.t_ccd_s), "tCCD_S: RD to RD, other bank group");
  add("t_ccd_l", PLACE(memory.given_timing.t_ccd_l), "tCCD_L: RD to RD, same bank group");
  add("t_wr", PLACE(memory.given_timing.t_wr), "tWR: end of write data to PRE");
  add("t_wtr_s", PLACE(memory.given_timing.t_wtr_s), "tWTR_S: write data to RD, other bank group");
  add("t_wtr_l", PLACE(memory.given_timing.t_wtr_l), "tWTR_L: write data to RD, same bank group");
  add("t_rtp", PLACE(memory.given_timing.t_rtp), "tRTP: RD to PRE");
  add("t_rfc", PLACE(memory.given_timing.t_rfc), "tRFC: REF to ACT");
  add("t_refi", PLACE(memory.given_timing.t_refi), "tREFI: distance of REF commands");
  add("t_rtrs", PLACE(memory.given_timing.t_rtrs), "tRTRS: change of rank on the data bus");
}

}  // namespace

void add_memory_keys(ConfigSchema& schema) {
  constexpr const char* kL1Source = "SiFive FU540-C000 and FU740-C000 manuals";
  constexpr const char* kL1Latency = "assumption: load-to-use of a five-stage core";
  add_cache(schema, "cache.l1i", "L1 instruction cache", PLACE(cache.l1i), kL1Source, kL1Latency);
  add_cache(schema, "cache.l1d", "L1 data cache", PLACE(cache.l1d), kL1Source, kL1Latency);
  add_cache(schema, "cache.l2", "L2 cache", PLACE(cache.l2), "assumption: half of the FU740-C000's",
            kAssumption);
  add_bus(schema);
  add_dram_shape(schema);
  add_dram_controller(schema);
  add_dram_timing(schema);
}

}  // namespace faultline
