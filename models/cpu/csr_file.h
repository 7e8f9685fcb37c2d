// SPDX-License-Identifier: Apache-2.0
#pragma once

// The CSR file of an RV64 hart with M, S and U, PMP, Sstc and Svadu: every register's value, what
// of it software can change (WARL), who may access it, and the changes of state that a trap and its
// return make (RISC-V Privileged 1.12). It holds no time and decodes no instruction: the hart
// brings privilege and operand, and the file says what the hart has to look at again. Not modelled:
// hypervisor, debug and trigger registers, big-endian modes, XLEN other than 64, a writable misa.

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "models/common/types.h"
#include "models/cpu/csr.h"
#include "models/cpu/csr_counters.h"
#include "models/mmu/translation.h"

namespace faultline {

class Pmp;

/// What a hart's CSR file is built with.
struct CsrParams {
  std::uint64_t hart_id = 0;
  /// The values of satp.MODE that a write can set; a write of another has no effect.
  std::vector<SatpMode> satp_modes = {SatpMode::Bare, SatpMode::Sv39};
  unsigned asid_bits = 16;  ///< ASIDLEN, 0..16: low bits of satp.ASID that can be set
  bool sstc = true;         ///< stimecmp and menvcfg.STCE exist
  bool svadu = true;        ///< menvcfg.ADUE exists
  bool svpbmt = false;      ///< menvcfg.PBMTE exists
};

/// How a CSR instruction changes the register. An instruction that does not write (csrrs or csrrc
/// with rs1=x0 or uimm=0) is Read; csrrw is Write even if rd=x0.
enum class CsrOperation : std::uint8_t { Read, Write, Set, Clear };

/// What a change of CSRs may have changed for the hart; a set of bits.
struct CsrEffects {
  static constexpr std::uint8_t kNone = 0;
  static constexpr std::uint8_t kTranslation = 1;  ///< fetch_context() or data_context()
  static constexpr std::uint8_t kInterrupts =
      2;                                     ///< pending_interrupt() or next_stimecmp_deadline()
  static constexpr std::uint8_t kPmp = 4;    ///< what Pmp allows
  static constexpr std::uint8_t kFloat = 8;  ///< fp_enabled() or frm()
};

/// The outcome of a CSR instruction.
struct CsrResult {
  bool legal = false;        ///< false: illegal-instruction exception, and nothing has changed
  std::uint8_t effects = 0;  ///< bits of CsrEffects
  std::uint64_t value = 0;   ///< the register before the instruction: what goes to rd
};

/// Where the hart goes on after a trap or a return.
struct PrivilegedJump {
  VirtAddr pc{};
  Privilege privilege = Privilege::Machine;
};

class CsrFile {
 public:
  /// Gives mtime (ticks of the board's timebase). Evaluated on reads of `time` and of the pending
  /// bits while menvcfg.STCE is set.
  using TimeSource = std::function<std::uint64_t()>;

  /// `pmp` is the unit that the PMP registers configure; it must outlive the file.
  CsrFile(const CsrParams& params, Pmp& pmp);

  void connect_time(TimeSource mtime) { mtime_ = std::move(mtime); }
  /// The counters, to connect their sources and to hold them during a reset of statistics.
  [[nodiscard]] CsrCounters& counters() { return counters_; }

  // --- CSR instructions ---

  /// Performs one CSR instruction at `privilege`: checks existence and access rights, reads, and
  /// writes unless `operation` is Read. Set and Clear of mip leave the external line out of SEIP
  /// (Privileged, 3.1.9).
  CsrResult access(CsrAddress address, CsrOperation operation, std::uint64_t operand,
                   Privilege privilege);
  CsrResult read(CsrAddress address, Privilege privilege) {
    return access(address, CsrOperation::Read, 0, privilege);
  }
  CsrResult write(CsrAddress address, std::uint64_t value, Privilege privilege) {
    return access(address, CsrOperation::Write, value, privilege);
  }

  // --- Translation ---

  /// How instruction fetches at `privilege` are translated.
  [[nodiscard]] TranslationContext fetch_context(Privilege privilege) const {
    return context(privilege);
  }
  /// How loads and stores at `privilege` are translated: with MPRV, as at MPP
  /// (Privileged, 3.1.6.3).
  [[nodiscard]] TranslationContext data_context(Privilege privilege) const {
    return context(data_privilege(privilege));
  }
  /// The privilege that loads and stores at `privilege` have.
  [[nodiscard]] Privilege data_privilege(Privilege privilege) const {
    return (mstatus_ & mstatus::kMprv) != 0 ? mpp() : privilege;
  }
  [[nodiscard]] std::uint64_t satp() const { return satp_; }

  // --- mstatus bits for instructions that the hart decides (Privileged, 3.1.6.5) ---

  [[nodiscard]] bool tvm() const { return (mstatus_ & mstatus::kTvm) != 0; }
  [[nodiscard]] bool tw() const { return (mstatus_ & mstatus::kTw) != 0; }
  [[nodiscard]] bool tsr() const { return (mstatus_ & mstatus::kTsr) != 0; }

  // --- Floating point ---

  /// False while mstatus.FS is Off: every F and D instruction is illegal.
  [[nodiscard]] bool fp_enabled() const { return (mstatus_ & mstatus::kFs) != 0; }
  /// To be called when an f register or fflags was changed by an instruction.
  void mark_fp_dirty() { mstatus_ |= mstatus::kFs; }
  /// fcsr lives here and nowhere else. fcsr.frm, 0..7; 5..7 make instructions with dynamic rounding
  /// illegal.
  [[nodiscard]] std::uint8_t frm() const { return frm_; }
  /// fcsr.fflags, where the arithmetic accumulates its exceptions; call mark_fp_dirty() after a
  /// change.
  [[nodiscard]] std::uint8_t& fflags() { return fflags_; }

  // --- Interrupts ---

  /// Drives one of the lines into the hart: MachineSoftware, MachineTimer, MachineExternal or
  /// SupervisorExternal. pending_interrupt() may change.
  void set_line(Interrupt line, bool level);
  /// mip as software reads it.
  [[nodiscard]] std::uint64_t pending() const;
  /// True if an interrupt is pending and locally enabled (mip & mie), whatever privilege and
  /// delegation say: what ends wfi (Privileged, 3.3.3).
  [[nodiscard]] bool wakes() const { return (pending() & mie_) != 0; }
  /// What pending_interrupt() returns if there is none.
  static constexpr std::uint64_t kNoInterrupt = 0;
  /// xcause of the interrupt that a hart at `privilege` has to take now: pending, enabled, and the
  /// first by target privilege, then MEI, MSI, MTI, SEI, SSI, STI (Privileged, 3.1.9); or
  /// kNoInterrupt.
  [[nodiscard]] std::uint64_t pending_interrupt(Privilege privilege) const;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  /// The value of mtime at which STIP will rise by stimecmp (Sstc); kNever if it is set already or
  /// disabled. Until then pending() changes by writes and set_line() only.
  [[nodiscard]] std::uint64_t next_stimecmp_deadline() const;

  // --- Traps ---

  /// Where a trap with `cause` (xcause format) out of `privilege` goes (Privileged, 3.1.8).
  [[nodiscard]] Privilege trap_target(std::uint64_t cause, Privilege privilege) const;
  /// Takes a trap out of `privilege` at `pc` (for exceptions the instruction itself, for interrupts
  /// the next one): saves the state and returns the handler (Privileged, 3.1.6.1, 3.1.7). `tval` is
  /// 0 for interrupts.
  PrivilegedJump enter_trap(std::uint64_t cause, std::uint64_t tval, VirtAddr pc,
                            Privilege privilege);
  /// The state change of mret; the hart has checked that it is legal (Privileged, 3.3.2).
  PrivilegedJump mret();
  /// The state change of sret; the hart has checked privilege and TSR.
  PrivilegedJump sret();

 private:
  [[nodiscard]] TranslationContext context(Privilege privilege) const;
  [[nodiscard]] Privilege mpp() const {
    return static_cast<Privilege>((mstatus_ & mstatus::kMpp) >> mstatus::kMppShift);
  }
  [[nodiscard]] bool stce() const { return (menvcfg_ & envcfg::kStce) != 0; }
  [[nodiscard]] bool stimecmp_reached() const { return mtime_ && mtime_() >= stimecmp_; }
  [[nodiscard]] std::uint64_t mstatus_value() const;

  [[nodiscard]] bool accessible(CsrAddress address, Privilege privilege) const;
  [[nodiscard]] bool counter_enabled(unsigned index, Privilege privilege) const;
  [[nodiscard]] bool get(CsrAddress address, std::uint64_t& value) const;
  [[nodiscard]] std::uint64_t counter_value(unsigned index) const;
  std::uint8_t put(CsrAddress address, std::uint64_t value);

  std::uint8_t put_mstatus(std::uint64_t value, std::uint64_t writable);
  std::uint8_t put_fcsr(std::uint8_t fflags, std::uint8_t frm);
  std::uint8_t put_mip(std::uint64_t value, std::uint64_t writable);
  std::uint8_t put_menvcfg(std::uint64_t value);
  std::uint8_t put_satp(std::uint64_t value);

  CsrParams params_;
  Pmp& pmp_;
  TimeSource mtime_;
  CsrCounters counters_;

  // Hot: read by the hart on privileged and floating-point instructions.
  std::uint64_t mstatus_ = 0;  // without the read-only fields SD, UXL, SXL
  std::uint64_t satp_ = 0;
  std::uint64_t menvcfg_ = 0;
  std::uint8_t fflags_ = 0;
  std::uint8_t frm_ = 0;

  std::uint64_t mie_ = 0;
  std::uint64_t lines_ = 0;     // levels of the lines MSI, MTI, SEI, MEI
  std::uint64_t soft_mip_ = 0;  // what software wrote to SSIP, STIP, SEIP
  std::uint64_t mideleg_ = 0;
  std::uint64_t medeleg_ = 0;
  std::uint64_t stimecmp_ = kNever;

  struct TrapRegisters {
    std::uint64_t tvec = 0, scratch = 0, epc = 0, cause = 0, tval = 0;
  };
  TrapRegisters machine_, supervisor_;
  std::uint64_t mcounteren_ = 0;
  std::uint64_t scounteren_ = 0;
  std::uint64_t senvcfg_ = 0;
};

}  // namespace faultline
