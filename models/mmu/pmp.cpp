// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/pmp.h"

namespace faultline {

namespace {

enum class Matching : std::uint8_t { Off, Tor, Na4, Napot };

Matching matching(std::uint8_t config) {
  return static_cast<Matching>((config & kPmpA) >> 3);
}

constexpr unsigned kBytesPerConfig = 8;
constexpr std::uint64_t kAddressMask = (std::uint64_t{1} << 54) - 1;  // address bits 55:2

std::uint8_t needed(AccessType access) {
  switch (access) {
    case AccessType::Fetch:
      return kPmpX;
    case AccessType::Load:
      return kPmpR;
    case AccessType::Store:
      return kPmpW;
    case AccessType::Amo:
      return kPmpR | kPmpW;
  }
  return 0;
}

}  // namespace

std::uint64_t Pmp::config(unsigned index) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < kBytesPerConfig; ++i) {
    value |= std::uint64_t{entries_[index * kBytesPerConfig + i].config} << (8 * i);
  }
  return value;
}

void Pmp::write_config(unsigned index, std::uint64_t value) {
  for (unsigned i = 0; i < kBytesPerConfig; ++i) {
    Entry& entry = entries_[index * kBytesPerConfig + i];
    if ((entry.config & kPmpL) != 0) continue;
    auto config =
        static_cast<std::uint8_t>((value >> (8 * i)) & (kPmpL | kPmpA | kPmpX | kPmpW | kPmpR));
    if ((config & kPmpR) == 0) config &= static_cast<std::uint8_t>(~kPmpW);
    entry.config = config;
  }
  update_ranges();
}

void Pmp::write_address(unsigned entry, std::uint64_t value) {
  const auto locked = [this](unsigned i) { return (entries_[i].config & kPmpL) != 0; };
  if (locked(entry)) return;
  if (entry + 1 < kEntries && locked(entry + 1) &&
      matching(entries_[entry + 1].config) == Matching::Tor) {
    return;
  }
  entries_[entry].address = value & kAddressMask;
  update_ranges();
}

void Pmp::reset() {
  entries_ = {};
  update_ranges();
}

const Pmp::Range* Pmp::find(std::uint64_t first, std::uint64_t end) const {
  for (unsigned i = 0; i < range_count_; ++i) {
    if (first < ranges_[i].end && end > ranges_[i].first) return &ranges_[i];
  }
  return nullptr;
}

bool Pmp::allows(PhysAddr address, unsigned bytes, AccessType access, Privilege privilege) const {
  const std::uint64_t first = address.value;
  const std::uint64_t end = first + bytes;
  const Range* range = find(first, end);
  if (range == nullptr) return privilege == Privilege::Machine;
  if (first < range->first || end > range->end) return false;
  const std::uint8_t need = needed(access);
  return (permissions(*range, privilege) & need) == need;
}

std::uint8_t Pmp::page_permissions(PhysAddr page, Privilege privilege) const {
  const std::uint64_t first = page.value & ~(kPageBytes - 1);
  const std::uint64_t end = first + kPageBytes;
  const Range* range = find(first, end);
  if (range == nullptr) return privilege == Privilege::Machine ? kPmpR | kPmpW | kPmpX : 0;
  if (first < range->first || end > range->end) return kMixed;
  return permissions(*range, privilege);
}

std::uint8_t Pmp::permissions(const Range& range, Privilege privilege) {
  // 3.7.1, "Locking and Privilege Mode": unlocked entries do not bind M mode.
  constexpr std::uint8_t kAll = kPmpR | kPmpW | kPmpX;
  const bool free = privilege == Privilege::Machine && (range.config & kPmpL) == 0;
  return free ? kAll : range.config & kAll;
}

Pmp::Range Pmp::range_of(unsigned entry) const {
  const auto [address, config] = entries_[entry];
  switch (matching(config)) {
    case Matching::Off:
      break;
    case Matching::Tor: {
      const std::uint64_t base = entry == 0 ? 0 : entries_[entry - 1].address;
      return {base << 2, address << 2, config};
    }
    case Matching::Na4:
      return {address << 2, (address + 1) << 2, config};
    case Matching::Napot: {
      // n trailing ones: 2^(n+3) bytes, naturally aligned (table 3.11).
      const std::uint64_t ones = address ^ (address + 1);  // 2^(n+1) - 1
      const std::uint64_t first = (address & ~ones) << 2;
      return {first, first + ((ones + 1) << 2), config};
    }
  }
  return {};
}

void Pmp::update_ranges() {
  ++generation_;
  range_count_ = 0;
  for (unsigned i = 0; i < kEntries; ++i) {
    const Range range = range_of(i);
    if (range.first < range.end) ranges_[range_count_++] = range;  // a TOR range may be inverted
  }
}

}  // namespace faultline
