// SPDX-License-Identifier: Apache-2.0
#include "models/dev/clint.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace faultline {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kPsPerSecond = 1'000'000'000'000;
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
// Simulated time is a 63-bit number of picoseconds, some 106 days.
constexpr std::uint64_t kLastPs = kNever >> 1;

constexpr std::uint64_t kTimecmp = 0x4000;
constexpr std::uint64_t kMtime = 0xbff8;

/// Words of 4 bytes in an access of 4 or 8.
unsigned words_in(unsigned size) {
  return size == 8 ? 2 : 1;
}

/// `size` bytes of a register of 8 bytes, from `offset` on.
std::uint64_t part(std::uint64_t whole, std::uint64_t offset, unsigned size) {
  return size == 8 ? whole : (whole >> (8 * (offset & 4))) & 0xffff'ffff;
}

/// The register with that part replaced.
std::uint64_t with_part(std::uint64_t whole, std::uint64_t offset, unsigned size,
                        std::uint64_t value) {
  if (size == 8) return value;
  const unsigned shift = 8 * (offset & 4);
  return (whole & ~(std::uint64_t{0xffff'ffff} << shift)) | (value << shift);
}

}  // namespace

Clint::Clint(const sc_core::sc_module_name& name, const DeviceParams& params, unsigned harts,
             std::uint64_t timer_hz)
    : Device(name, params, 4 + 8), timer_hz_(timer_hz), harts_(harts) {
  assert(harts >= 1 && harts <= 4095 && timer_hz >= 1 && timer_hz <= kPsPerSecond);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&next_expiry_);
  sc_core::sc_spawn([this] { update_timers(sc_core::sc_time_stamp().value()); }, "timer", &options);
}

void Clint::on_software_interrupt(unsigned hart, Line line) {
  harts_.at(hart).on_software = std::move(line);
}

void Clint::on_timer_interrupt(unsigned hart, Line line) {
  harts_.at(hart).on_timer = std::move(line);
}

std::uint64_t Clint::elapsed_ticks(std::uint64_t ps) const {
  return static_cast<std::uint64_t>(Wide{ps} * timer_hz_ / kPsPerSecond);
}

std::uint64_t Clint::mtime_at(std::uint64_t ps) const {
  return set_to_ + (elapsed_ticks(ps) - set_at_);
}

Cycles Clint::cycle_of(std::uint64_t ticks) const {
  Wide elapsed = Wide{set_at_} + ticks;
  if (elapsed <= set_to_) return 0;
  elapsed -= set_to_;
  const Wide ps = (elapsed * kPsPerSecond + timer_hz_ - 1) / timer_hz_;
  if (ps > kLastPs) return kNever;
  return (static_cast<std::uint64_t>(ps) + period_ps() - 1) / period_ps();
}

void Clint::update_timers(std::uint64_t now_ps) {
  const std::uint64_t mtime = mtime_at(now_ps);
  Cycles next = kNever;
  for (Hart& hart : harts_) {
    const bool level = mtime >= hart.timecmp;
    if (!level) next = std::min(next, cycle_of(hart.timecmp));
    if (level != hart.timer) {
      hart.timer = level;
      if (hart.on_timer) hart.on_timer(level);
    }
  }
  next_expiry_.cancel();
  if (next <= kLastPs / period_ps()) {
    next_expiry_.notify(sc_core::sc_time::from_value(next * period_ps()) -
                        sc_core::sc_time_stamp());
  }
}

bool Clint::read(std::uint64_t offset, unsigned size, std::uint64_t now_ps, std::uint64_t& value) {
  return peek(offset, size, now_ps, value);
}

bool Clint::peek(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                 std::uint64_t& value) const {
  value = 0;
  if (offset < kTimecmp) {
    for (unsigned i = 0; i < words_in(size); ++i) {
      const std::uint64_t hart = offset / 4 + i;
      if (hart < harts_.size() && harts_[hart].software) value |= std::uint64_t{1} << (32 * i);
    }
  } else if ((offset & ~std::uint64_t{7}) == kMtime) {
    value = part(mtime_at(now_ps), offset, size);
  } else if (const std::uint64_t hart = (offset - kTimecmp) / 8; hart < harts_.size()) {
    value = part(harts_[hart].timecmp, offset, size);
  }
  return true;
}

bool Clint::write(std::uint64_t offset, unsigned size, std::uint64_t now_ps, std::uint64_t value) {
  if (offset < kTimecmp) {
    for (unsigned i = 0; i < words_in(size); ++i) {
      write_software_interrupt(offset / 4 + i, ((value >> (32 * i)) & 1) != 0);
    }
  } else if ((offset & ~std::uint64_t{7}) == kMtime) {
    set_to_ = with_part(mtime_at(now_ps), offset, size, value);
    set_at_ = elapsed_ticks(now_ps);
    update_timers(now_ps);
  } else if (const std::uint64_t hart = (offset - kTimecmp) / 8; hart < harts_.size()) {
    harts_[hart].timecmp = with_part(harts_[hart].timecmp, offset, size, value);
    update_timers(now_ps);
  }
  return true;
}

void Clint::write_software_interrupt(std::uint64_t hart, bool level) {
  if (hart >= harts_.size() || harts_[hart].software == level) return;
  harts_[hart].software = level;
  if (harts_[hart].on_software) harts_[hart].on_software(level);
}

}  // namespace faultline
