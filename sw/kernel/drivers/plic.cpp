// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/drivers/plic.h"

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/drivers/mmio.h"
#include "sw/kernel/kernel.h"
#include "sw/lib/csr.h"

namespace {

/// Sources that drivers may use; number 0 is none.
constexpr std::uint32_t kSources = 128;
/// Interrupt number of S-mode external interrupts at a hart, in interrupts-extended.
constexpr std::uint64_t kSupervisorExternal = 9;

// Offsets of registers, for a context where they have one ("Memory Map").
constexpr std::uintptr_t priority_of(std::uint32_t source) {
  return std::uintptr_t{4} * source;
}
constexpr std::uintptr_t enable_of(std::uint32_t context, std::uint32_t source) {
  return 0x2000 + std::uintptr_t{0x80} * context + source / 32 * std::uintptr_t{4};
}
constexpr std::uintptr_t threshold_of(std::uint32_t context) {
  return 0x200000 + std::uintptr_t{0x1000} * context;
}
constexpr std::uintptr_t claim_of(std::uint32_t context) {
  return threshold_of(context) + 4;
}

struct irq_action {
  void (*handler)(void* context);
  void* context;
};

irq_action actions[kSources];
mmio_region registers;
std::uint32_t nr_sources = 0;
std::uint32_t boot_context = 0;

// The context of the first hart's S mode: contexts are numbered as interrupts-extended lists them,
// each by its hart's controller and that controller's interrupt number. False: there is none.
bool find_context(const lib::FdtProperty& interrupts, std::uint32_t& context) {
  for (std::uint32_t i = 0;; ++i) {
    const auto cause = interrupts.cells(2 * std::size_t{i} + 1, 1);
    if (!cause) return false;
    if (*cause == kSupervisorExternal) {
      context = i;
      return true;
    }
  }
}

}  // namespace

bool plic_init(const lib::Fdt& tree) {
  auto node = tree.next_compatible("riscv,plic0", nullptr);
  if (!node) node = tree.next_compatible("sifive,plic-1.0.0", nullptr);
  if (!node) return false;
  const auto range = tree.reg(*node, 0);
  const auto interrupts = tree.property(*node, "interrupts-extended");
  const auto sources = tree.property(*node, "riscv,ndev");
  if (!range || !interrupts || !sources || !find_context(*interrupts, boot_context)) {
    printk(log_level::warning, "plic: its node in the device tree is incomplete\n");
    return false;
  }
  registers = mmio_region(ioremap(range->base, range->size));
  nr_sources = static_cast<std::uint32_t>(sources->number().value_or(0));
  for (std::uint32_t source = 0; source <= nr_sources; source += 32) {
    registers.write(enable_of(boot_context, source), 0);
  }
  registers.write(threshold_of(boot_context), 0);
  csr::set<csr::kSie>(csr::kInterruptSei);
  return true;
}

bool request_irq(std::uint32_t irq, void (*handler)(void* context), void* context) {
  if (irq == 0 || irq > nr_sources || irq >= kSources) return false;
  actions[irq] = {handler, context};
  registers.write(priority_of(irq), 1);
  const std::uintptr_t enable = enable_of(boot_context, irq);
  registers.write(enable, registers.read(enable) | 1u << irq % 32);
  return true;
}

void plic_handle_irq() {
  while (const std::uint32_t irq = registers.read(claim_of(boot_context))) {
    if (irq < kSources && actions[irq].handler != nullptr) {
      actions[irq].handler(actions[irq].context);
    } else {
      printk(log_level::warning, "plic: interrupt %u has no handler\n", irq);
    }
    registers.write(claim_of(boot_context), irq);
  }
}
