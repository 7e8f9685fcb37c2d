// SPDX-License-Identifier: Apache-2.0
#include "tests/support/hart_bench.h"

#include <cstring>
#include <sstream>
#include <stdexcept>

#include "models/mmu/pte.h"
#include "tests/support/assembler.h"

namespace faultline {

namespace {

/// What every program may use.
constexpr const char* kPrelude = R"(
.macro exit
  li t6, 0x10000000
  sd zero, 0(t6)
  j .
.endm
)";

std::uint64_t* find(StatGroup& group, const std::string& path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) {
    for (const auto& counter : group.counters()) {
      if (counter.name == path) return counter.value;
    }
    return nullptr;
  }
  for (const auto& below : group.groups()) {
    if (below->name() == path.substr(0, dot)) return find(*below, path.substr(dot + 1));
  }
  return nullptr;
}

void print(const StatGroup& group, const std::string& prefix, std::ostream& out) {
  for (const auto& counter : group.counters()) {
    out << prefix << counter.name << " " << *counter.value << "\n";
  }
  for (const auto& below : group.groups()) print(*below, prefix + below->name() + ".", out);
}

}  // namespace

BenchMemory::BenchMemory(const sc_core::sc_module_name& name, std::uint64_t period_ps)
    : sc_module(name),
      period_ps_(period_ps),
      bytes_(static_cast<unsigned char*>(std::calloc(kBytes, 1)), &std::free) {
  target.register_b_transport(this, &BenchMemory::b_transport);
  target.register_transport_dbg(this, &BenchMemory::transport_dbg);
}

void BenchMemory::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += sc_core::sc_time::from_value(latency * period_ps_);
  if (auto* attributes = payload.get_extension<MemoryAttributes>(); attributes != nullptr) {
    attributes->served_by = ServedBy::DramRowHit;
  }
  const std::uint64_t address = payload.get_address();
  if (direct().contains(PhysAddr{address}, payload.get_data_length())) {
    transport_dbg(0, payload);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return;
  }
  std::uint64_t value = 0;
  if (payload.is_write()) std::memcpy(&value, payload.get_data_ptr(), payload.get_data_length());
  const bool ok = on_device(payload.is_write(), address - kDevice, value);
  if (payload.is_read()) std::memcpy(payload.get_data_ptr(), &value, payload.get_data_length());
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

unsigned BenchMemory::transport_dbg(int, tlm::tlm_generic_payload& payload) {
  const DirectMemory memory = direct();
  const PhysAddr address{payload.get_address()};
  if (!memory.contains(address, payload.get_data_length())) return 0;
  unsigned char* const home = memory.at(address);
  if (home == payload.get_data_ptr()) return payload.get_data_length();
  if (payload.is_write()) {
    std::memcpy(home, payload.get_data_ptr(), payload.get_data_length());
  } else {
    std::memcpy(payload.get_data_ptr(), home, payload.get_data_length());
  }
  return payload.get_data_length();
}

HartParams HartBench::functional() {
  HartParams params;
  params.fidelity = Fidelity::Functional;
  params.limits.max_cycles = 10'000'000;
  return params;
}

HartParams HartBench::cycle() {
  HartParams params = functional();
  params.fidelity = Fidelity::Cycle;
  return params;
}

HartBench::HartBench(const HartParams& params, const MmuParams& mmu_params, const std::string& name)
    : memory((name + "_memory").c_str(), kPeriodPs),
      mmu((name + "_mmu").c_str(), mmu_params, kPeriodPs, pmp, map, stats.group("mmu")),
      l1i((name + "_l1i").c_str(), {}, kPeriodPs, ServedBy::L1, stats.group("l1i")),
      l1d((name + "_l1d").c_str(), {}, kPeriodPs, ServedBy::L1, stats.group("l1d")),
      hart((name + "_hart").c_str(), params, kPeriodPs, {mmu, l1i, l1d, pmp, map},
           stats.group("hart")) {
  map.add({"dram", PhysAddr{kMemoryBase}, BenchMemory::kBytes, RegionKind::Memory});
  map.add({"device", PhysAddr{kDeviceBase}, kPageBytes, RegionKind::Device});
  l1i.memory.bind(memory.target);
  l1d.memory.bind(memory.target);
  hart.uncached.bind(memory.target);
  mmu.connect_l1d(l1d);
  for (auto* part : {&l1i, &l1d}) part->set_direct_memory(memory.direct());
  mmu.set_direct_memory(memory.direct());
  hart.set_direct_memory(memory.direct());
  memory.on_device = [this](bool write, std::uint64_t offset, std::uint64_t& value) {
    return device(write, offset, value);
  };
  sc_core::sc_spawn([this] {
    for (;;) {
      sc_core::wait(timer_);
      hart.set_interrupt(11, true);
    }
  });
}

bool HartBench::device(bool write, std::uint64_t offset, std::uint64_t& value) {
  switch (offset) {
    case kExit:
      hart.request_stop();
      return true;
    case kTime:
      value = hart.now();
      return true;
    case kTimer:
      timer_.cancel();
      if (write && value == 0) hart.set_interrupt(11, false);
      if (write && value != 0) {
        const sc_core::sc_time now = sc_core::sc_time_stamp();
        timer_.notify(sc_core::sc_time::from_value((hart.now() + value) * kPeriodPs) - now);
      }
      return true;
    default:
      return offset < kError || offset >= kError + 8;
  }
}

void HartBench::program(const std::string& text, std::uint64_t address) {
  const std::vector<std::uint8_t> code = assemble(kPrelude + text, address);
  if (!memory.direct().contains(PhysAddr{address}, code.size())) {
    throw std::out_of_range("the program does not fit");
  }
  std::memcpy(memory.direct().at(PhysAddr{address}), code.data(), code.size());
}

void HartBench::write(std::uint64_t address, std::uint64_t value, unsigned bytes) {
  std::memcpy(memory.direct().at(PhysAddr{address}), &value, bytes);
}

std::uint64_t HartBench::read(std::uint64_t address, unsigned bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, memory.direct().at(PhysAddr{address}), bytes);
  return value;
}

const HartStop& HartBench::run() {
  run_all({this});
  return hart.stop_report();
}

void HartBench::run_all(const std::vector<HartBench*>& benches) {
  std::size_t running = benches.size();
  for (HartBench* bench : benches) {
    bench->hart.on_stop([&running](const HartStop&) {
      if (--running == 0) sc_core::sc_stop();
    });
  }
  sc_core::sc_start();
}

std::uint64_t HartBench::stat(const std::string& path) {
  const std::uint64_t* const value = find(stats, path);
  if (value == nullptr) throw std::out_of_range("no statistic " + path);
  return *value;
}

std::string HartBench::all_stats() {
  std::ostringstream out;
  print(stats, "", out);
  return out.str();
}

std::uint64_t PageTables::entry_address(std::uint64_t va, unsigned level) {
  std::uint64_t table = root_;
  for (unsigned l = 2; l > level; --l) {
    const std::uint64_t address = table + (va >> (12 + 9 * l) & 511) * 8;
    if (bench_.read(address) == 0) bench_.write(address, take() >> 12 << 10 | kPteV);
    table = bench_.read(address) >> 10 << 12;
  }
  return table + (va >> (12 + 9 * level) & 511) * 8;
}

void PageTables::map(std::uint64_t va, std::uint64_t pa, std::uint64_t flags, unsigned level) {
  bench_.write(entry_address(va, level), pa >> 12 << 10 | flags);
}

}  // namespace faultline
