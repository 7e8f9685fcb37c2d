// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an MMU tells whoever watches it. Without an observer it costs one test of a pointer for each
// translation that goes the MMU's whole way; the hart's shortcuts around that (hints, copies) are
// not seen unless the hart is observed too (HartObserver::reached).

#include "models/common/types.h"
#include "models/mmu/translation.h"
#include "models/mmu/walk_record.h"

namespace faultline {

/// One translation in time, as it went; valid during the call only.
struct ObservedTranslation {
  VirtAddr address{};
  AccessType access = AccessType::Load;
  const TranslationContext& context;
  const TranslationTimes& times;
  const Translation& result;
  std::uint8_t level = 0;            ///< of the page, or of the entry that decided the abort
  const WalkRecord* walk = nullptr;  ///< null if it did not walk
};

/// Called from the thread of whoever asked for the translation, when it is over. Calls may not
/// wait.
class MmuObserver {
 public:
  virtual ~MmuObserver() = default;
  virtual void translated(const ObservedTranslation& translation) = 0;
};

}  // namespace faultline
