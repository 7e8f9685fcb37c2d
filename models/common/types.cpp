// SPDX-License-Identifier: Apache-2.0
#include "models/common/types.h"

namespace faultline {

const char* to_string(ServedBy level) {
  switch (level) {
    case ServedBy::None:
      return "none";
    case ServedBy::L1:
      return "L1";
    case ServedBy::L2:
      return "L2";
    case ServedBy::DramRowHit:
      return "DRAM row hit";
    case ServedBy::DramRowClosed:
      return "DRAM row closed";
    case ServedBy::DramRowConflict:
      return "DRAM row conflict";
    case ServedBy::Device:
      return "device";
  }
  return "?";
}

const char* to_string(AccessType type) {
  switch (type) {
    case AccessType::Fetch:
      return "fetch";
    case AccessType::Load:
      return "load";
    case AccessType::Store:
      return "store";
    case AccessType::Amo:
      return "amo";
  }
  return "?";
}

const char* to_string(Privilege privilege) {
  switch (privilege) {
    case Privilege::User:
      return "U";
    case Privilege::Supervisor:
      return "S";
    case Privilege::Machine:
      return "M";
  }
  return "?";
}

}  // namespace faultline
