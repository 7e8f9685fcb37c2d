// SPDX-License-Identifier: Apache-2.0
#pragma once

// The platform-level interrupt controller (RISC-V PLIC specification 1.0.0) in the shape it has on
// QEMU's `virt` machine. Not modelled: edge-triggered gateways, and the delay of the notification.

#include <functional>
#include <vector>

#include "models/dev/device.h"

namespace faultline {

/// Shape of a Plic.
struct PlicParams {
  /// Highest interrupt number; source 0 does not exist. 96 is what the device tree of QEMU 7.2's
  /// `virt` machine gives as riscv,ndev. 1 to 1023.
  unsigned sources = 96;
  unsigned priority_bits = 3;  ///< priorities 0 (never) to 7, as on QEMU; 1 to 32
  unsigned harts = 1;          ///< 1 to 4096; each has two contexts
};

/// Context 2 h is hart h in M mode, 2 h + 1 in S mode. Registers, 4 bytes each, from the base
/// (PLIC 1.0.0, "Memory Map"):
///   0x000000 + 4 s            priority of source s
///   0x001000 + 4 w            pending bits 32 w .. 32 w + 31, read only
///   0x002000 + 0x80 c + 4 w   enable bits of context c
///   0x200000 + 0x1000 c       priority threshold of context c
///   0x200004 + 0x1000 c       claim (read) and complete (write)
/// The rest of the range is reserved: it reads as 0 and ignores writes.
///
/// Where QEMU 7.2 differs, this follows the specification: a request stays pending when its line
/// falls before it is claimed ("Interrupt Gateways"), and a claim does not look at the threshold
/// ("Interrupt Claim Process").
class Plic : public Device {
 public:
  using Line = std::function<void(bool level)>;

  Plic(const sc_core::sc_module_name& name, const DeviceParams& params, const PlicParams& shape);

  /// Who hears of the external interrupt of a context: called at each change of level.
  void on_interrupt(unsigned context, Line line);
  /// The level of an interrupt line, 1 to `sources`; to be called at its true time.
  void set_source(unsigned source, bool level);

 private:
  struct Context {
    std::vector<std::uint32_t> enable;
    std::uint32_t threshold = 0;
    bool level = false;
    Line on_interrupt;
  };

  enum class Kind : std::uint8_t { Reserved, Priority, Pending, Enable, Threshold, Claim };
  struct Register {
    Kind kind = Kind::Reserved;
    std::uint64_t context = 0;
    std::uint64_t index = 0;  // source or word
  };

  bool read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
            std::uint64_t& value) override;
  bool write(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
             std::uint64_t value) override;
  [[nodiscard]] bool peek(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                          std::uint64_t& value) const override;

  [[nodiscard]] Register decode(std::uint64_t offset) const;
  /// The bits of an enable word that stand for a source.
  [[nodiscard]] std::uint32_t existing_sources(std::uint64_t word) const;
  /// The pending and enabled source of the highest priority, the lowest number among equals; 0 if
  /// none.
  [[nodiscard]] unsigned best_pending(const Context& context) const;
  std::uint32_t claim(Context& context);
  void complete(const Context& context, std::uint64_t source);
  /// The gateway: one request at a time goes from the line to the core.
  void forward_request(unsigned source);
  /// Notifies the contexts whose level has changed.
  void update();

  PlicParams shape_;
  std::uint32_t priority_mask_;
  std::vector<std::uint32_t> priority_;  // by source
  std::vector<std::uint32_t> pending_;   // bits
  std::vector<bool> line_;               // by source: its level
  std::vector<bool> in_service_;         // by source: forwarded by its gateway and not completed
  std::vector<Context> contexts_;
};

}  // namespace faultline
