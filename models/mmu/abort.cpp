// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/abort.h"

namespace faultline {

const char* to_string(AbortStatus status) {
  switch (status) {
    case AbortStatus::None:
      return "none";
    case AbortStatus::NonCanonical:
      return "non-canonical address";
    case AbortStatus::Translation:
      return "translation";
    case AbortStatus::ReservedEncoding:
      return "reserved encoding";
    case AbortStatus::MisalignedSuperpage:
      return "misaligned superpage";
    case AbortStatus::Permission:
      return "permission";
    case AbortStatus::AccessFlag:
      return "access flag";
    case AbortStatus::WalkAccessFault:
      return "access fault on walk";
    case AbortStatus::AccessFault:
      return "access fault";
  }
  return "?";
}

}  // namespace faultline
