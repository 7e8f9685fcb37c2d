// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/random_tables.h"

#include <array>

#include "models/mmu/pte.h"

namespace faultline {

namespace {

constexpr unsigned kVpnBits = 9;

constexpr std::uint64_t to_ppn_field(std::uint64_t ppn) {
  return (ppn << kPtePpnShift) & kPtePpnMask;
}

class TableMaker {
 public:
  TableMaker(Random& random, const TableSpace& space) : random_(random), space_(space) {}

  std::uint64_t entry(unsigned level) {
    switch (draw_kind(level)) {
      case Kind::Pointer:
        return pointer(level);
      case Kind::StrayPointer:
        return to_ppn_field(stray_target()) | pointer_flags();
      case Kind::FlaggedPointer:
        return pointer(level) | random_.pick(std::array{kPteD, kPteA, kPteU});
      case Kind::Leaf:
        return leaf(level);
      case Kind::Misaligned:
        return leaf(level) | kPteR | kPteX | misalignment(level);
      case Kind::Invalid:
        return random_.next() & ~kPteV;
      case Kind::WriteOnly:
        return (leaf(level) & ~kPteR) | kPteW;
      case Kind::ReservedBits:
        return (random_.flip() ? leaf(level) : pointer(level)) | reserved_bits();
    }
    return 0;
  }

 private:
  enum class Kind : std::uint8_t {
    Pointer,
    StrayPointer,
    FlaggedPointer,
    Leaf,
    Misaligned,
    Invalid,
    WriteOnly,
    ReservedBits
  };

  Kind draw_kind(unsigned level) {
    static constexpr std::array<unsigned, 8> kUpper = {60, 4, 3, 13, 7, 4, 3, 6};
    static constexpr std::array<unsigned, 8> kLowest = {3, 1, 1, 82, 0, 5, 3, 5};
    return static_cast<Kind>(random_.weighted(level == 0 ? kLowest : kUpper));
  }

  std::uint64_t pointer_flags() {
    return kPteV | (random_.chance(15) ? kPteG : 0) | (random_.bits(2) << 8U);
  }
  // To a table of the next level; now and then to any, which makes tables shared and loops.
  std::uint64_t pointer(unsigned level) {
    auto page = static_cast<unsigned>(random_.below(space_.pages));
    if (level != 0 && !random_.chance(8)) {
      page -= level_of_table(page, space_.levels);
      page += level - 1;
    }
    return to_ppn_field((space_.base.value >> kPageShift) + page) | pointer_flags();
  }
  // To where no table can be.
  std::uint64_t stray_target() {
    const std::uint64_t unreachable = (space_.base.value >> kPageShift) + space_.pages;
    switch (random_.below(4)) {
      case 0:
        return unreachable + random_.below(space_.unreachable);
      case 1:
        return space_.device.value >> kPageShift;
      default:
        return random_.bits(kPtePpnBits);
    }
  }

  std::uint64_t leaf(unsigned level) {
    static constexpr std::array kPermissions = {kPteR, kPteX, kPteR | kPteW, kPteR | kPteX,
                                                kPteR | kPteW | kPteX};
    const std::uint64_t ppn = random_.bits(kPtePpnBits) >> (kVpnBits * level) << (kVpnBits * level);
    std::uint64_t flags = kPteV | random_.pick(kPermissions) | (random_.bits(2) << 8U);
    if (random_.flip()) flags |= kPteU;
    if (random_.chance(25)) flags |= kPteG;
    if (random_.chance(65)) flags |= kPteA;
    if (random_.chance(55)) flags |= kPteD;
    return to_ppn_field(ppn) | flags;
  }
  // Bits of the page number that are inside a page of `level`: mostly one, and that mostly at the
  // edge of what one level translates.
  std::uint64_t misalignment(unsigned level) {
    if (random_.chance(15)) return to_ppn_field(random_.bits(kVpnBits * level) | 1U);
    const std::array<std::uint64_t, 3> bits = {0, kVpnBits - 1, random_.below(kVpnBits)};
    return to_ppn_field(std::uint64_t{1} << (random_.below(level) * kVpnBits + random_.pick(bits)));
  }
  std::uint64_t reserved_bits() {
    constexpr unsigned kLowest = 54;
    if (random_.chance(20)) return (random_.next() >> kLowest << kLowest) | kPteN;
    return std::uint64_t{1} << (kLowest + random_.below(10));
  }

  Random& random_;
  const TableSpace& space_;
};

}  // namespace

std::vector<std::uint16_t> random_indices(Random& random) {
  std::vector<std::uint16_t> indices;
  for (unsigned i = 0; i < 4; ++i) {
    const auto index = static_cast<std::uint16_t>(random.bits(kVpnBits));
    indices.push_back(index);
    for (unsigned k = 0; k < 2; ++k) {
      indices.push_back(static_cast<std::uint16_t>(index ^ (1U << random.below(kVpnBits))));
    }
  }
  return indices;
}

std::vector<std::uint64_t> random_tables(Random& random, const TableSpace& space,
                                         const std::vector<std::uint16_t>& indices) {
  std::vector<std::uint64_t> entries(std::size_t{space.pages} * kEntriesPerTable);
  TableMaker maker(random, space);
  for (unsigned page = 0; page < space.pages; ++page) {
    for (const std::uint16_t index : indices) {
      entries[std::size_t{page} * kEntriesPerTable + index] =
          maker.entry(level_of_table(page, space.levels));
    }
  }
  return entries;
}

}  // namespace faultline
