// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/wave_log.h"

#include <algorithm>
#include <tuple>

#include "platform/waves/vcd_writer.h"

namespace faultline {

WaveLog::Signal WaveLog::add(std::string path, unsigned bits, const ValueNames* names) {
  signals_.push_back({std::move(path), bits, names});
  values_.emplace_back();
  return static_cast<Signal>(signals_.size() - 1);
}

WaveLog::Signal WaveLog::add_resting(std::string path, unsigned bits, const ValueNames* names) {
  const Signal signal = add(std::move(path), bits, names);
  values_.back() = WaveValue(0);
  return signal;
}

/// By time, signal by signal; the one that counts last.
void WaveLog::sort() {
  std::ranges::stable_sort(
      changes_, {}, [](const Change& c) { return std::tuple(c.time_ps, c.signal, !c.is_rest); });
}

/// Applies the changes before `time_ps`, which must be sorted, to values_; returns the first of the
/// others.
std::vector<WaveLog::Change>::iterator WaveLog::fold_until(std::uint64_t time_ps) {
  auto at = changes_.begin();
  for (; at != changes_.end() && at->time_ps < time_ps; ++at) values_[at->signal] = at->value();
  return at;
}

void WaveLog::forget_before(std::uint64_t time_ps) {
  sort();
  changes_.erase(changes_.begin(), fold_until(time_ps));
}

void WaveLog::write(std::ostream& out, std::uint64_t begin_ps, std::uint64_t end_ps) {
  sort();
  auto at = fold_until(begin_ps + 1);
  VcdWriter writer(out, signals_);
  writer.begin(begin_ps, values_);
  while (at != changes_.end() && at->time_ps < end_ps) {
    auto last = at;
    for (; at != changes_.end() && at->time_ps == last->time_ps && at->signal == last->signal;
         ++at) {
      last = at;
    }
    if (values_[last->signal] == last->value()) continue;
    values_[last->signal] = last->value();
    writer.change(last->time_ps, last->signal, last->value());
  }
  writer.end(end_ps);
}

}  // namespace faultline
