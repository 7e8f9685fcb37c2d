// SPDX-License-Identifier: Apache-2.0
#pragma once

// The waves of the verilated walker and L2 TLB (FST), on the same time axis as those of the rest.
// The modules write them while they are clocked, so the files cannot be cut afterwards: they are
// begun anew after each walk until the window begins. A file may therefore show a little more than
// the window: the walk that led to it.

#include <filesystem>

#include "platform/board.h"

namespace faultline {

class RtlWaves {
 public:
  static constexpr const char* kWalkerFile = "walker.fst";
  static constexpr const char* kL2TlbFile = "l2_tlb.fst";

  /// `rtl` are modules of a board, made with waves; `folder` gets the files.
  RtlWaves(const BoardRtl& rtl, std::filesystem::path folder, std::uint64_t period_ps)
      : rtl_(rtl), folder_(std::move(folder)), period_ps_(period_ps) {}

  /// Begins the files, without what is in them.
  void restart() const;
  /// Completes the files.
  void close() const;
  /// Completes the files and removes them.
  void discard() const;

 private:
  BoardRtl rtl_;
  std::filesystem::path folder_;
  std::uint64_t period_ps_;
};

}  // namespace faultline
