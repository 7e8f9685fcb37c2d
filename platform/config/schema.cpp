// SPDX-License-Identifier: Apache-2.0
#include "platform/config/schema.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace faultline {

namespace {

/// Levenshtein's distance: insertions, deletions and replacements of one character.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('.') + 1);  // npos + 1 is 0: the whole
}

}  // namespace

const ConfigKey* ConfigSchema::find(std::string_view path) const {
  const auto key = std::ranges::find(keys_, path, &ConfigKey::path);
  return key == keys_.end() ? nullptr : &*key;
}

bool ConfigSchema::is_group(std::string_view path) const {
  return std::ranges::any_of(keys_, [path](const ConfigKey& key) {
    return key.path.size() > path.size() && key.path.starts_with(path) &&
           key.path[path.size()] == '.';
  });
}

std::string ConfigSchema::nearest(std::string_view path) const {
  std::set<std::string> candidates;
  for (const ConfigKey& key : keys_) {
    candidates.insert(key.path);
    for (auto dot = key.path.find('.'); dot != std::string::npos;
         dot = key.path.find('.', dot + 1)) {
      candidates.insert(key.path.substr(0, dot));
    }
  }
  std::string best;
  // Further away it is not a slip of the finger.
  std::size_t best_distance = std::max<std::size_t>(path.size() / 3, 2) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(path, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (!best.empty()) return best;
  // The right key in the wrong group.
  for (const std::string& candidate : candidates) {
    if (last_part(candidate) == last_part(path)) return candidate;
  }
  return best;
}

}  // namespace faultline
