// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/coverage.h"

#include <algorithm>

namespace faultline {

void CoverTable::widen(const Rule& rule) {
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    Reach& known = bins_[i].reach;
    const Reach found = rule(i / columns_.size(), i % columns_.size());
    // Never gives way to everything, Unlikely to Reachable; the last reason of a kind stands.
    if (known.kind == Reach::Kind::Reachable) continue;
    if (known.kind == Reach::Kind::Unlikely && found.kind == Reach::Kind::Never) continue;
    known = found;
  }
}

std::size_t CoverTable::reachable() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      bins_, [](const Bin& bin) { return bin.reach.kind == Reach::Kind::Reachable; }));
}

std::size_t CoverTable::reached() const {
  return reachable() - missing().size();
}

CoverTable::Least CoverTable::least() const {
  Least least;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i].reach.kind != Reach::Kind::Reachable) continue;
    if (least.name.empty() || bins_[i].hits < least.hits) least = {bin_name(i), bins_[i].hits};
  }
  return least;
}

std::vector<std::string> CoverTable::missing() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i].reach.kind == Reach::Kind::Reachable && bins_[i].hits == 0) {
      names.push_back(bin_name(i));
    }
  }
  return names;
}

std::vector<std::string> CoverTable::impossible() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i].reach.kind == Reach::Kind::Never && bins_[i].hits != 0) {
      names.push_back(bin_name(i));
    }
  }
  return names;
}

std::string CoverTable::bin_name(std::size_t index) const {
  const std::string& row = rows_[index / columns_.size()];
  return columns_.size() == 1 ? row : row + ", " + columns_[index % columns_.size()];
}

}  // namespace faultline
