// SPDX-License-Identifier: Apache-2.0
#include "platform/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <systemc>

#include "models/bus/bus.h"
#include "models/cache/cache.h"
#include "models/cpu/hart.h"
#include "models/dev/clint.h"
#include "models/dev/finisher.h"
#include "models/dev/htif.h"
#include "models/dev/plic.h"
#include "models/dev/uart16550.h"
#include "models/dev/virtio_blk.h"
#include "models/dram/dram.h"
#include "models/mmu/mmu.h"
#include "models/rtl/library.h"
#include "models/rtl/rtl_l2_tlb.h"
#include "models/rtl/rtl_walk_engine.h"
#include "platform/board_layout.h"
#include "platform/config/machine_config.h"
#include "platform/loader/elf_image.h"

namespace faultline {

namespace {

/// The initiators of the bus; those of the disks follow.
enum Initiator : unsigned { FromL2, FromHart, FromWalker, FromDisks };
/// Its targets, in the order of memory_map(); those of the disks follow.
enum Target : unsigned { ToDram, ToUart, ToClint, ToPlic, ToFinisher, ToDisks };

/// A disk of the board, before its device is built.
struct DiskSlot {
  unsigned slot = 0;
  const char* name = "";  // also of its statistics
  std::unique_ptr<DiskMedium> medium;
  VirtioBlkParams params;
};

VirtioBlkParams disk_params(const DiskTimingConfig& speed, const char* id, bool read_only) {
  return {.timing = speed.timing,
          .read_only = read_only,
          .id = id,
          .dma_burst_bytes = speed.dma_burst_bytes};
}

/// The disks that are there.
std::vector<DiskSlot> disk_slots(const MachineConfig& config, BoardMedia media) {
  std::vector<DiskSlot> slots;
  if (media.disk) {
    slots.push_back({layout::kDiskSlot, "disk", std::move(media.disk),
                     disk_params(config.disk.speed, "faultline-disk", config.disk.read_only)});
  }
  if (media.swap) {
    slots.push_back({layout::kSwapSlot, "swap", std::move(media.swap),
                     disk_params(config.swap.speed, "faultline-swap", false)});
  }
  return slots;
}

PhysAddr virtio_base(unsigned slot) {
  return layout::kVirtio + slot * layout::kVirtioBytes;
}

MemoryMap memory_map(std::uint64_t dram_bytes, const std::vector<DiskSlot>& disks) {
  MemoryMap map;
  map.add({"dram", layout::kDram, dram_bytes, RegionKind::Memory});
  map.add({"uart", layout::kUart, layout::kUartBytes, RegionKind::Device});
  map.add({"clint", layout::kClint, layout::kClintBytes, RegionKind::Device});
  map.add({"plic", layout::kPlic, layout::kPlicBytes, RegionKind::Device});
  map.add({"finisher", layout::kFinisher, layout::kFinisherBytes, RegionKind::Device});
  for (const DiskSlot& disk : disks) {
    map.add({disk.name, virtio_base(disk.slot), layout::kVirtioBytes, RegionKind::Device});
  }
  return map;
}

/// Builders of the engines that are rtl; each tells `rtl` its module.
MmuEngines rtl_engines(const MachineConfig& config, const RtlLibrary& library, BoardRtl& rtl) {
  const std::uint64_t period_ps = config.cpu.period_ps();
  MmuEngines engines;
  if (config.mmu.walker.engine == Engine::Rtl) {
    engines.walker = [&library, &rtl, period_ps](const WalkEngineParts& parts) {
      auto module = library.make_walker(parts.params);
      rtl.walker = module.get();
      return std::make_unique<RtlWalkEngine>(std::move(module), parts, period_ps);
    };
  }
  if (config.mmu.l2_tlb_engine == Engine::Rtl) {
    engines.l2_tlb = [&library, &rtl, &params = config.mmu, period_ps](const TlbParams&,
                                                                       StatGroup& stats) {
      auto module = library.make_l2_tlb(params);
      rtl.l2_tlb = module.get();
      return std::make_unique<RtlL2Tlb>(std::move(module), stats, period_ps);
    };
  }
  return engines;
}

DeviceParams at(PhysAddr base, std::uint64_t bytes, std::uint64_t period_ps) {
  DeviceParams params;
  params.base = base;
  params.bytes = bytes;
  params.period_ps = period_ps;
  return params;
}

RunOutcome outcome_of(const HartStop& stop) {
  const bool limit =
      stop.reason == StopReason::MaxCycles || stop.reason == StopReason::MaxInstructions;
  return {limit ? RunOutcome::Kind::Limit : RunOutcome::Kind::Wild, 0, describe(stop)};
}

}  // namespace

struct Board::Parts {
  Parts(const MachineConfig& config, std::vector<DiskSlot> slots, const RtlLibrary& library);

  void add_disk(DiskSlot slot);
  bool snoop(PhysAddr line, bool write, Cycles now);
  void wire_memory(WalkerEntry walker_enters);
  void wire_interrupts();
  void guest_ended(std::uint64_t status);

  std::uint64_t period_ps;
  StatGroup stats{"board"};
  MemoryMap map;
  Pmp pmp;
  Dram dram;
  DirectMemory memory;
  Bus bus;
  Cache l2, l1i, l1d;
  BoardRtl rtl;
  Mmu mmu;
  Clint clint;
  Plic plic;
  Uart16550 uart;
  Finisher finisher;
  Hart hart;
  struct Disk {
    unsigned slot;
    std::unique_ptr<DiskMedium> medium;
    std::unique_ptr<VirtioBlkDevice> device;
  };
  std::vector<Disk> disks;
  std::optional<Htif> htif;
  std::function<void(char)> console;
  std::function<void(const std::string&)> complaints;
  std::optional<RunOutcome> outcome;
};

Board::Parts::Parts(const MachineConfig& config, std::vector<DiskSlot> slots,
                    const RtlLibrary& library)
    : period_ps(config.cpu.period_ps()),
      map(memory_map(config.memory.dram.size_bytes, slots)),
      dram("dram", config.memory.dram, period_ps, stats.group("dram")),
      memory{layout::kDram, config.memory.dram.size_bytes, dram.store().data()},
      bus("bus", config.bus, period_ps, FromDisks + static_cast<unsigned>(slots.size()), map,
          stats.group("bus")),
      l2("l2", config.cache.l2, period_ps, ServedBy::L2, stats.group("l2")),
      l1i("l1i", config.cache.l1i, period_ps, ServedBy::L1, stats.group("l1i")),
      l1d("l1d", config.cache.l1d, period_ps, ServedBy::L1, stats.group("l1d")),
      mmu("mmu", config.mmu, period_ps, pmp, map, stats.group("mmu"),
          rtl_engines(config, library, rtl)),
      clint("clint", at(layout::kClint, layout::kClintBytes, period_ps), 1, layout::kTimebaseHz),
      plic("plic", at(layout::kPlic, layout::kPlicBytes, period_ps), {}),
      uart("uart", at(layout::kUart, layout::kUartBytes, period_ps)),
      finisher("finisher", at(layout::kFinisher, layout::kFinisherBytes, period_ps),
               [this](Finish what,
                      unsigned code) {  // A failure without a code is a failure all the same.
                 guest_ended(what == Finish::Fail ? std::max(code, 1U) : 0);
               }),
      hart("hart0", config.cpu.hart, period_ps, {mmu, l1i, l1d, pmp, map}, stats.group("hart0")) {
  wire_memory(config.mmu.walker.enters);
  wire_interrupts();
  for (DiskSlot& slot : slots) add_disk(std::move(slot));
  uart.set_sink([this](char byte) {
    if (console) console(byte);
  });
  hart.csr().counters().connect(CounterEvent::L2Miss, [this] { return l2.stats().misses(); });
  hart.on_stop([this](const HartStop& stop) {
    if (!outcome) outcome = outcome_of(stop);
    if (outcome->kind == RunOutcome::Kind::Limit) outcome->report = describe(stop);
    sc_core::sc_pause();
  });
}

void Board::Parts::wire_memory(WalkerEntry walker_enters) {
  l1i.memory.bind(l2.target);
  l1d.memory.bind(l2.target);
  l2.memory.bind(bus.from_initiator[FromL2]);
  hart.uncached.bind(bus.from_initiator[FromHart]);
  switch (walker_enters) {
    case WalkerEntry::L1D:
      mmu.connect_l1d(l1d);
      break;
    case WalkerEntry::L2:
      mmu.walker_socket().bind(l2.target);
      break;
    case WalkerEntry::Memory:
      mmu.walker_socket().bind(bus.from_initiator[FromWalker]);
      break;
  }

  bus.to_target[ToDram].bind(dram.target);
  bus.to_target[ToUart].bind(uart.socket);
  bus.to_target[ToClint].bind(clint.socket);
  bus.to_target[ToPlic].bind(plic.socket);
  bus.to_target[ToFinisher].bind(finisher.socket);

  for (Cache* cache : {&l1i, &l1d, &l2}) cache->set_direct_memory(memory);
  mmu.set_direct_memory(memory);
  hart.set_direct_memory(memory);
}

/// Its registers and its DMA on the bus, coherent with the caches; its interrupt.
void Board::Parts::add_disk(DiskSlot slot) {
  const auto index = static_cast<unsigned>(disks.size());
  auto device = std::make_unique<VirtioBlkDevice>(
      slot.name, at(virtio_base(slot.slot), layout::kVirtioBytes, period_ps), slot.params,
      *slot.medium, stats.group(slot.name));
  bus.to_target[ToDisks + index].bind(device->socket);
  device->dma.socket.bind(bus.from_initiator[FromDisks + index]);
  device->dma.connect(
      {.memory = memory,
       .snoop = [this](PhysAddr line, bool write, Cycles now) { return snoop(line, write, now); },
       .written = [this](PhysAddr address,
                         std::uint64_t bytes) { hart.external_write(address, bytes); }});
  device->on_interrupt([this, source = layout::kVirtioInterrupt + slot.slot](bool level) {
    plic.set_source(source, level);
  });
  device->on_complaint([this, name = slot.name](const std::string& why) {
    if (complaints) complaints(fmt::format("{}: {}", name, why));
  });
  disks.push_back({slot.slot, std::move(slot.medium), std::move(device)});
}

bool Board::Parts::snoop(PhysAddr line, bool write, Cycles now) {
  bool dirty = false;
  for (Cache* cache : {&l1d, &l2}) dirty = cache->snoop(line, write, now) || dirty;
  if (write) l1i.snoop(line, write, now);
  return dirty;
}

void Board::Parts::wire_interrupts() {
  const auto line = [this](Interrupt cause) {
    return [this, cause](bool level) { hart.set_interrupt(static_cast<unsigned>(cause), level); };
  };
  clint.on_software_interrupt(0, line(Interrupt::MachineSoftware));
  clint.on_timer_interrupt(0, line(Interrupt::MachineTimer));
  plic.on_interrupt(0, line(Interrupt::MachineExternal));
  plic.on_interrupt(1, line(Interrupt::SupervisorExternal));
  uart.on_interrupt([this](bool level) { plic.set_source(layout::kUartInterrupt, level); });
  hart.set_timebase({[this](Cycles now) { return clint.mtime_now(now); },
                     [this](std::uint64_t mtime) { return clint.cycle_of(mtime); }});
}

void Board::Parts::guest_ended(std::uint64_t status) {
  constexpr std::uint64_t kLargest = std::numeric_limits<int>::max();
  const int reported = static_cast<int>(std::min(status, kLargest));
  if (!outcome) outcome = RunOutcome{RunOutcome::Kind::Exited, reported, ""};
  hart.request_stop();
}

Board::Board(const MachineConfig& config, BoardMedia media)
    : Board(config, std::move(media), RtlLibrary({})) {}
Board::Board(const MachineConfig& config, BoardMedia media, const RtlLibrary& library)
    : parts_(std::make_unique<Parts>(config, disk_slots(config, std::move(media)), library)) {}
Board::~Board() = default;

BoardRtl Board::rtl() const {
  return parts_->rtl;
}

const DirectMemory& Board::memory() const {
  return parts_->memory;
}

void Board::write_memory(PhysAddr address, const void* bytes, std::uint64_t length) {
  if (!parts_->memory.contains(address, length)) {
    throw std::out_of_range(
        fmt::format("{} bytes at {:#x} do not fit into the {} bytes of memory at {:#x}", length,
                    address.value, parts_->memory.bytes, parts_->memory.base.value));
  }
  std::memcpy(parts_->memory.at(address), bytes, length);
}

std::vector<unsigned> Board::virtio_slots() const {
  std::vector<unsigned> slots;
  for (const Parts::Disk& disk : parts_->disks) slots.push_back(disk.slot);
  return slots;
}

const DiskMedium* Board::disk() const {
  for (const Parts::Disk& disk : parts_->disks) {
    if (disk.slot == layout::kDiskSlot) return disk.medium.get();
  }
  return nullptr;
}

void Board::attach_tohost(const ElfImage& image) {
  const std::optional<PhysAddr> tohost = image.tohost();
  if (!tohost) return;
  Parts& parts = *parts_;
  parts.htif.emplace(
      parts.memory, *tohost, image.fromhost(),
      [&parts](char byte) {
        if (parts.console) parts.console(byte);
      },
      [&parts](std::uint64_t status) { parts.guest_ended(status); });
  parts.hart.watch_store(*tohost, [&parts] {
    std::uint64_t value = 0;
    std::memcpy(&value, parts.memory.at(parts.htif->tohost()), sizeof value);
    if (value != 0) parts.htif->written(value);
  });
}

void Board::set_entry(PhysAddr pc, PhysAddr device_tree) {
  ArchState& state = parts_->hart.state();
  state.pc = pc.value;
  state.set_x(10, 0);
  state.set_x(11, device_tree.value);
}

void Board::set_console(std::function<void(char)> sink) {
  parts_->console = std::move(sink);
}

void Board::set_complaints(std::function<void(const std::string&)> sink) {
  parts_->complaints = std::move(sink);
}

void Board::interrupt() {
  if (!parts_->outcome) {
    parts_->outcome = RunOutcome{RunOutcome::Kind::Limit, 0, ""};
  }
  parts_->hart.request_stop();
}

void Board::console_input(std::string_view bytes) {
  parts_->uart.receive(bytes);
  if (parts_->htif) parts_->htif->receive(bytes);
}

void Board::set_observers(const BoardObservers& observers) {
  Parts& parts = *parts_;
  parts.hart.set_observer(observers.hart);
  parts.mmu.set_observer(observers.mmu);
  for (unsigned i = 0; i < parts.dram.params().channels; ++i) {
    parts.dram.set_observer(i, observers.dram);
  }
  const auto watch = [&](Cache& cache, BoardCache which) {
    if (!observers.cache_miss) return;
    cache.on_miss([tell = observers.cache_miss, which](Cycles now, PhysAddr line) {
      tell(which, now, line);
    });
  };
  watch(parts.l1i, BoardCache::L1I);
  watch(parts.l1d, BoardCache::L1D);
  watch(parts.l2, BoardCache::L2);
}

void Board::observe_instructions_from(Cycles cycle, std::uint64_t instructions) {
  parts_->hart.observe_instructions_from(cycle, instructions);
}

void Board::set_progress(std::function<void(const RunProgress&)> callback) {
  parts_->hart.on_progress(kProgressInstructions,
                           [this, callback = std::move(callback)] { callback(progress()); });
}

RunOutcome Board::run() {
  Parts& parts = *parts_;
  while (!parts.outcome || parts.hart.stop_report().reason == StopReason::None) {
    sc_core::sc_start();
    if (parts.hart.stop_report().reason == StopReason::None && !sc_core::sc_pending_activity()) {
      throw std::logic_error("the simulation ran out of events while the hart was running");
    }
  }
  return *parts.outcome;
}

StatGroup& Board::stats() {
  parts_->dram.settle(parts_->hart.now());
  return parts_->stats;
}

void Board::reset_statistics() {
  CsrCounters& counters = parts_->hart.csr().counters();
  counters.hold();
  stats().reset();
  counters.release();
}

RunProgress Board::progress() const {
  return {parts_->hart.instructions(), parts_->hart.now()};
}

}  // namespace faultline
