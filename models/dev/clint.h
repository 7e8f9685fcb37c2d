// SPDX-License-Identifier: Apache-2.0
#pragma once

// The core-local interruptor: software interrupts and the machine timer of every hart, laid out as
// SiFive's CLINT (FU540-C000 manual v1p0, chapter 9). Not modelled: the delay between the timer and
// the core's clock domain; mtime is a function of simulated time.

#include <functional>
#include <vector>

#include "models/dev/device.h"

namespace faultline {

/// Registers, from the base:
///   0x0000 + 4 h   msip of hart h: bit 0 is its software interrupt (4 bytes)
///   0x4000 + 8 h   mtimecmp of hart h (8 bytes, or 4 of either half)
///   0xbff8         mtime (as mtimecmp)
/// The rest of the range reads as 0 and ignores writes. After reset mtime is 0 and every mtimecmp
/// all ones, so that no timer fires (the specification leaves it open).
class Clint : public Device {
 public:
  /// An interrupt line of a hart has changed.
  using Line = std::function<void(bool level)>;

  /// `timer_hz`: frequency of mtime, 1 Hz to 1 THz; 10 MHz on QEMU's `virt`. `harts`: 1 to 4095.
  Clint(const sc_core::sc_module_name& name, const DeviceParams& params, unsigned harts,
        std::uint64_t timer_hz = 10'000'000);

  /// Who hears of software (MSIP) and timer (MTIP) interrupts of a hart: called at each change of
  /// level, in the cycle of the change.
  void on_software_interrupt(unsigned hart, Line line);
  void on_timer_interrupt(unsigned hart, Line line);

  /// mtime in core cycle `now`, exact: the hart's `time` CSR.
  [[nodiscard]] std::uint64_t mtime_now(Cycles now) const { return mtime_at(now * period_ps()); }
  /// The first core cycle in which mtime is `ticks` or more, not counting its wrap-around; ~0 if
  /// simulated time does not reach so far. Changes when the guest writes mtime. Also for a hart's
  /// stimecmp (Sstc).
  [[nodiscard]] Cycles cycle_of(std::uint64_t ticks) const;

 private:
  struct Hart {
    bool software = false;
    bool timer = false;
    std::uint64_t timecmp = ~std::uint64_t{0};
    Line on_software;
    Line on_timer;
  };

  bool read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
            std::uint64_t& value) override;
  bool write(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
             std::uint64_t value) override;
  [[nodiscard]] bool peek(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                          std::uint64_t& value) const override;

  [[nodiscard]] std::uint64_t elapsed_ticks(std::uint64_t ps) const;
  [[nodiscard]] std::uint64_t mtime_at(std::uint64_t ps) const;
  void update_timers(std::uint64_t now_ps);
  void write_software_interrupt(std::uint64_t hart, bool level);

  std::uint64_t timer_hz_;
  std::uint64_t set_to_ = 0;  // what the guest last wrote to mtime
  std::uint64_t set_at_ = 0;  // and when, in ticks since the start
  std::vector<Hart> harts_;
  sc_core::sc_event next_expiry_;
};

}  // namespace faultline
