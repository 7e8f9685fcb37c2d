// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/random_traffic.h"

#include <array>

#include "models/mmu/pte.h"

namespace faultline {

namespace {

constexpr unsigned kVpnBits = 9;
constexpr unsigned kMaxLevels = 5;

/// One satp: its tables' levels are levels_of_mode(satp).
using AddressSpace = std::uint64_t;

class TrafficMaker {
 public:
  TrafficMaker(Random& random, const TableSpace& space, const std::vector<std::uint16_t>& indices)
      : random_(random), space_(space), indices_(indices) {
    draw_address_spaces();
    for (auto& place : places_) {
      for (std::uint16_t& index : place) index = random_.pick(indices_);
    }
  }

  WalkRequest request() {
    WalkRequest request;
    request.context.satp = random_.pick(spaces_);
    request.context.privilege = random_.flip() ? Privilege::User : Privilege::Supervisor;
    request.context.sum = random_.flip();
    request.context.mxr = random_.flip();
    request.context.adue = random_.chance(60);
    request.access = static_cast<AccessType>(random_.below(4));
    request.address = address(levels_of_mode(request.context.satp));
    return request;
  }

 private:
  using Place = std::array<std::uint16_t, kMaxLevels>;  // an index a level

  void draw_address_spaces() {
    const auto asid = static_cast<Asid>(random_.bits(16));
    for (std::size_t i = 0; i < spaces_.size(); ++i) {
      const unsigned levels = draw_levels();
      const auto other = static_cast<Asid>(asid ^ (1U << random_.below(16)));
      spaces_[i] = (std::uint64_t{levels + 5} << 60U) |
                   (std::uint64_t{i == 0 ? asid : other} << 44U) | root(levels);
    }
  }
  // Mostly the largest.
  unsigned draw_levels() {
    if (random_.chance(60)) return space_.levels;
    return 3 + static_cast<unsigned>(random_.below(space_.levels - 2));
  }
  std::uint64_t root(unsigned levels) {
    if (random_.chance(3)) return random_.bits(kPtePpnBits);
    auto page = static_cast<unsigned>(random_.below(space_.pages));
    page -= level_of_table(page, space_.levels);
    return (space_.base.value >> kPageShift) + page + levels - 1;
  }

  VirtAddr address(unsigned levels) {
    // How often the index of a level is drawn anew, in percent, from level 0 on.
    static constexpr std::array<unsigned, kMaxLevels> kChange = {70, 40, 25, 25, 25};
    Place& place = places_[static_cast<std::size_t>(random_.below(places_.size()))];
    std::uint64_t vpn = 0;
    for (unsigned level = kMaxLevels; level-- > 0;) {
      if (random_.chance(kChange[level])) place[level] = random_.pick(indices_);
      vpn = (vpn << kVpnBits) | place[level];
    }
    const unsigned bits = kPageShift + kVpnBits * levels;
    std::uint64_t value = (vpn << kPageShift) | random_.bits(kPageShift);
    value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << (64U - bits)) >>
                                       (64U - bits));
    return VirtAddr{random_.chance(5) ? not_canonical(value, bits) : value};
  }
  // Mostly by one bit of those that have to be equal.
  std::uint64_t not_canonical(std::uint64_t value, unsigned bits) {
    if (random_.chance(20)) return value ^ (random_.bits(64U - bits) << bits);
    return value ^ (std::uint64_t{1} << (bits - 1 + random_.below(65U - bits)));
  }

  Random& random_;
  const TableSpace& space_;
  const std::vector<std::uint16_t>& indices_;
  std::array<AddressSpace, 4> spaces_{};
  std::array<Place, 3> places_{};  // where the stream is
};

}  // namespace

std::vector<std::vector<PlannedWalk>> random_traffic(Random& random, const TableSpace& space,
                                                     const std::vector<std::uint16_t>& indices,
                                                     const Temper& temper, unsigned initiators,
                                                     unsigned walks) {
  TrafficMaker maker(random, space, indices);
  std::vector<std::vector<PlannedWalk>> planned(initiators);
  for (auto& stream : planned) {
    stream.resize(walks / initiators);
    for (PlannedWalk& walk : stream) {
      walk.gap = random.below(temper.gap_cycles + 1);
      walk.request = maker.request();
    }
  }
  return planned;
}

}  // namespace faultline
