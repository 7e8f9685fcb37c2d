// SPDX-License-Identifier: Apache-2.0
#pragma once

// How an initiator that is no hart says in which context its virtual address is meant, and learns
// why a translation failed.

#include <tlm>

#include "models/mmu/translation.h"

namespace faultline {

/// Ignorable extension (TLM-2.0.1, 14.21) of a transaction to Mmu::target. Without it, the MMU uses
/// its default context, and takes the access type from the command.
struct TranslationRequest : tlm::tlm_extension<TranslationRequest> {
  TranslationContext context{};  ///< of a mode that the MMU supports
  bool fetch = false;            ///< a read that wants to execute
  /// Filled in by the MMU; status None if the translation went well. The response of a failed one
  /// is TLM_ADDRESS_ERROR_RESPONSE.
  Abort abort{};

  [[nodiscard]] tlm::tlm_extension_base* clone() const override {
    return new TranslationRequest(*this);
  }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const TranslationRequest&>(other);
  }
};

}  // namespace faultline
