// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/round.h"

#include <algorithm>
#include <array>

#include "models/mmu/format.h"
#include "models/mmu/pte.h"
#include "platform/cosim/random_tables.h"
#include "platform/cosim/random_traffic.h"

namespace faultline {

namespace {

// Each decision has a stream of its own.
enum class Draw : std::uint8_t { Contents, Latency, Error, ServedBy, Rival, Distance, Happening };

constexpr std::uint64_t kMappedBytes = Round::kMappedPages * kPageBytes;

bool is_leaf(std::uint64_t pte) {
  return (pte & kPteV) != 0 && (pte & (kPteR | kPteX)) != 0;
}

bool needs_no_update(std::uint64_t pte) {
  constexpr std::uint64_t kBoth = kPteA | kPteD;
  return (pte & kBoth) == kBoth;
}

/// As many as keep the engines busy, or fill the queue and wait in front of it.
unsigned draw_initiators(Random& random, const WalkerParams& walker) {
  const std::array<unsigned, 4> counts = {1, 2, walker.count + 1,
                                          walker.count + walker.queue_depth + 2};
  return std::min(random.pick(counts), Round::kMaxInitiators);
}

std::uint64_t napot(PhysAddr base, std::uint64_t bytes) {
  return (base.value >> 2U) | (bytes / 8 - 1);
}

}  // namespace

unsigned levels_of(PageTableFormat format) {
  return with_format(format, []<typename Format>() { return Format::kLevels; });
}

Round::Round(const RoundKey& key, const MmuParams& params)
    : key_(key), hash_(mix(mix(key.seed, key.number), mix(key.design))) {
  Random random(mix(hash_, static_cast<unsigned>(Draw::Contents)));
  draw_temper(random);
  const std::uint64_t pages = std::uint64_t{1} << kPtePpnBits;
  base_ = random.chance(30) ? PhysAddr{0x8000'0000}
                            : PhysAddr{random.below(pages - kMappedPages - 1) << kPageShift};
  const TableSpace space{.base = base_,
                         .pages = kTablePages,
                         .unreachable = kMappedPages - kTablePages,
                         .device = base_ + kMappedBytes,
                         .levels = levels_of(params.format)};
  map_.add({"memory", base_, kMappedBytes, RegionKind::Memory});
  map_.add({"device", space.device, kPageBytes, RegionKind::Device});
  indices_ = random_indices(random);
  memory_ = random_tables(random, space, indices_);
  draw_protection(random);
  initiators_ = random_traffic(random, space, indices_, temper_,
                               draw_initiators(random, params.walker), kWalks);
}

void Round::draw_temper(Random& random) {
  temper_.latency_cycles = random.pick(std::array<Cycles, 4>{1, 3, 12, 40});
  temper_.error_percent = random.pick(std::array{0U, 0U, 1U, 4U});
  temper_.rival_percent = random.pick(std::array{0U, 15U, 50U, 97U});
  temper_.grant_cycles = random.pick(std::array<Cycles, 3>{0, 0, 6});
  temper_.happening_cycles = random.pick(std::array<Cycles, 4>{0, 400, 60, 12});
  temper_.gap_cycles = random.pick(std::array<Cycles, 4>{0, 3, 20, 120});
}

// The last entry allows everything; those before it, if any, take rights away from a table, from
// one entry, from half an entry, or from a range.
void Round::draw_protection(Random& random) {
  constexpr std::uint64_t kTor = 1, kNa4 = 2, kNapot = 3;
  std::array<std::uint64_t, 2> config{};
  const auto set = [&](unsigned entry, std::uint64_t address, std::uint64_t mode,
                       std::uint64_t rights) {
    pmp_.write_address(entry, address);
    config[entry / 8] |= (mode << 3U | rights) << (8 * (entry % 8));
  };
  const std::uint64_t restricted = random.chance(40) ? 0 : 1 + random.below(6);
  for (unsigned i = 0; i < restricted; ++i) {
    const PhysAddr table = base_ + random.below(kTablePages) * kPageBytes;
    const PhysAddr entry = table + random.pick(indices_) * sizeof(std::uint64_t);
    const std::uint64_t rights = random.pick(std::array<std::uint64_t, 4>{0, kPmpR, kPmpR, kPmpX});
    switch (random.below(4)) {
      case 0:
        set(2 * i + 1, napot(table, kPageBytes), kNapot, rights);
        break;
      case 1:
        set(2 * i + 1, napot(entry, sizeof(std::uint64_t)), kNapot, rights);
        break;
      case 2:
        set(2 * i + 1, (entry.value >> 2U) + random.below(2), kNa4, kPmpR | kPmpW);
        break;
      default:
        set(2 * i, entry.value >> 2U, 0, 0);
        set(2 * i + 1, (entry.value >> 2U) + 2 * (1 + random.below(512)), kTor, rights);
        break;
    }
  }
  set(Pmp::kEntries - 1, ~std::uint64_t{0}, kNapot, kPmpR | kPmpW | kPmpX);
  pmp_.write_config(0, config[0]);
  pmp_.write_config(1, config[1]);
}

Cycles Round::latency(PhysAddr address, Cycles cycle) const {
  Random random(mix(hash_, static_cast<unsigned>(Draw::Latency), address.value, cycle));
  return 1 + random.below(temper_.latency_cycles);
}

bool Round::error(PhysAddr address, Cycles cycle) const {
  Random random(mix(hash_, static_cast<unsigned>(Draw::Error), address.value, cycle));
  return random.chance(temper_.error_percent);
}

ServedBy Round::served_by(PhysAddr address, Cycles cycle) const {
  Random random(mix(hash_, static_cast<unsigned>(Draw::ServedBy), address.value, cycle));
  return static_cast<ServedBy>(1 + random.below(static_cast<unsigned>(ServedBy::Device)));
}

bool Round::contended(PhysAddr address) const {
  const std::uint64_t pte = memory_[index_of(address)];
  return is_leaf(pte) && !needs_no_update(pte);
}

std::optional<std::uint64_t> Round::rival(PhysAddr address, Cycles cycle,
                                          std::uint64_t value) const {
  Random random(mix(hash_, static_cast<unsigned>(Draw::Rival), address.value, cycle));
  if (!random.chance(temper_.rival_percent)) return std::nullopt;
  switch (random.weighted(std::array<unsigned, 5>{88, 6, 2, 2, 2})) {
    case 0:
      return value ^ ((1 + random.below(3)) << 8U);  // software's own bits: to be tried again
    case 1:
      return value | kPteA | kPteD;  // another walker was faster
    case 2:
      return value & ~kPteV;
    case 3:
      return value & ~(kPteR | kPteW | kPteX | kPteU | kPteA | kPteD);  // a pointer
    default:
      return value ^ kPteU;
  }
}

Cycles Round::happening_distance(std::uint64_t index) const {
  Random random(mix(hash_, static_cast<unsigned>(Draw::Distance), index));
  return 1 + random.below(2 * temper_.happening_cycles);
}

Happening Round::happening(std::uint64_t index) const {
  Random random(mix(hash_, static_cast<unsigned>(Draw::Happening), index));
  switch (random.weighted(std::array<unsigned, 3>{80, 3, 17})) {
    case 0:
      return fence(random);
    case 1:
      return {.kind = Happening::Kind::Flush};
    default:
      return rewrite(random);
  }
}

// Of what some walk of the round is about, so that it drops something now and then.
Happening Round::fence(Random& random) const {
  const WalkRequest& of = random.pick(random.pick(initiators_)).request;
  const WalkRequest& other = random.pick(random.pick(initiators_)).request;
  FenceScope scope;
  scope.has_address = random.flip();
  scope.has_asid = random.flip();
  scope.address = of.address;
  scope.asid = (random.chance(70) ? of : other).context.asid();
  return {.kind = Happening::Kind::Fence, .scope = scope};
}

// By another entry of the same table. An entry that nobody contends for stays so.
Happening Round::rewrite(Random& random) const {
  const std::uint64_t table = random.below(kTablePages) * kEntriesPerTable;
  const std::uint64_t index = table + random.pick(indices_);
  std::uint64_t value = memory_[table + random.pick(indices_)];
  const PhysAddr address = base_ + index * sizeof(std::uint64_t);
  if (is_leaf(value) && !contended(address)) value |= kPteA | kPteD;
  return {.kind = Happening::Kind::Rewrite, .address = address, .value = value};
}

}  // namespace faultline
