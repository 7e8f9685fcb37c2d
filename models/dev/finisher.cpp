// SPDX-License-Identifier: Apache-2.0
#include "models/dev/finisher.h"

namespace faultline {

namespace {

constexpr std::uint64_t kPass = 0x5555;
constexpr std::uint64_t kFail = 0x3333;
constexpr std::uint64_t kReset = 0x7777;

}  // namespace

Finisher::Finisher(const sc_core::sc_module_name& name, const DeviceParams& params,
                   Callback on_finish)
    : Device(name, params, 2 + 4), on_finish_(std::move(on_finish)) {}

bool Finisher::read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                    std::uint64_t& value) {
  return peek(offset, size, now_ps, value);
}

bool Finisher::peek(std::uint64_t /*offset*/, unsigned /*size*/, std::uint64_t /*now_ps*/,
                    std::uint64_t& value) const {
  value = 0;
  return true;
}

bool Finisher::write(std::uint64_t offset, unsigned /*size*/, std::uint64_t /*now_ps*/,
                     std::uint64_t value) {
  if (offset != 0) return true;
  switch (value & 0xffff) {
    case kPass:
      on_finish_(Finish::Pass, 0);
      break;
    case kFail:
      on_finish_(Finish::Fail, static_cast<unsigned>(value >> 16));
      break;
    case kReset:
      on_finish_(Finish::Reset, 0);
      break;
    default:
      break;
  }
  return true;
}

}  // namespace faultline
