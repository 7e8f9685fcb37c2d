// SPDX-License-Identifier: Apache-2.0
#pragma once

// The test finisher of QEMU's `virt` machine ("sifive,test0"): one register whose writes end the
// simulation. Not modelled: nothing is left out; the register reads as 0.

#include <functional>

#include "models/dev/device.h"

namespace faultline {

/// What the guest asked for.
enum class Finish : std::uint8_t { Pass, Fail, Reset };

/// The low 16 bits of a write of 2 or 4 bytes to offset 0 say what to do (0x5555 pass, 0x3333 fail,
/// 0x7777 reset; all else is ignored), the upper 16 bits the code of a failure.
class Finisher : public Device {
 public:
  /// Called from the guest's write. `code` is 0 but for Fail.
  using Callback = std::function<void(Finish what, unsigned code)>;

  Finisher(const sc_core::sc_module_name& name, const DeviceParams& params, Callback on_finish);

 private:
  bool read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
            std::uint64_t& value) override;
  bool write(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
             std::uint64_t value) override;
  [[nodiscard]] bool peek(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                          std::uint64_t& value) const override;

  Callback on_finish_;
};

}  // namespace faultline
