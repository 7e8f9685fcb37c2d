// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/rtl_waves.h"

#include "models/rtl/l2_tlb_module.h"
#include "models/rtl/walker_module.h"

namespace faultline {

void RtlWaves::restart() const {
  if (rtl_.walker != nullptr) rtl_.walker->open_waves(folder_ / kWalkerFile, period_ps_);
  if (rtl_.l2_tlb != nullptr) rtl_.l2_tlb->open_waves(folder_ / kL2TlbFile, period_ps_);
}

void RtlWaves::close() const {
  if (rtl_.walker != nullptr) rtl_.walker->close_waves();
  if (rtl_.l2_tlb != nullptr) rtl_.l2_tlb->close_waves();
}

void RtlWaves::discard() const {
  close();
  for (const char* file : {kWalkerFile, kL2TlbFile}) std::filesystem::remove(folder_ / file);
}

}  // namespace faultline
