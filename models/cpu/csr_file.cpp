// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/csr_file.h"

#include <algorithm>

#include "models/mmu/pmp.h"

namespace faultline {
namespace {

constexpr std::uint64_t kSupervisorInterrupts = interrupt_bit(Interrupt::SupervisorSoftware) |
                                                interrupt_bit(Interrupt::SupervisorTimer) |
                                                interrupt_bit(Interrupt::SupervisorExternal);
constexpr std::uint64_t kMachineInterrupts = interrupt_bit(Interrupt::MachineSoftware) |
                                             interrupt_bit(Interrupt::MachineTimer) |
                                             interrupt_bit(Interrupt::MachineExternal);

/// medeleg: all exceptions that S or U can raise. An ecall from M cannot be delegated (3.1.8); 10
/// and 14 are reserved.
constexpr std::uint64_t kDelegableExceptions = 0xB3FF;

constexpr std::uint64_t kCounterEnables = 0xFFFF'FFFF;
constexpr std::uint64_t kPpnMask = (std::uint64_t{1} << 44) - 1;
constexpr unsigned kAsidShift = 44;
constexpr unsigned kSatpModeShift = 60;

constexpr std::uint8_t kFflagsMask = 0x1F;
constexpr unsigned kFrmShift = 5;
constexpr std::uint8_t kFrmMask = 7;

constexpr unsigned number(CsrAddress address) {
  return static_cast<unsigned>(address);
}
constexpr bool in_range(CsrAddress address, CsrAddress first, CsrAddress last) {
  return address >= first && address <= last;
}
constexpr unsigned offset_in(CsrAddress address, CsrAddress first) {
  return number(address) - number(first);
}

/// Bits 11:10 = 3 (Privileged, 2.1).
constexpr bool read_only(CsrAddress address) {
  return number(address) >> 10 == 3;
}
constexpr unsigned lowest_privilege(CsrAddress address) {
  return number(address) >> 8 & 3;
}

constexpr bool is_float(CsrAddress address) {
  return in_range(address, CsrAddress::Fflags, CsrAddress::Fcsr);
}
constexpr bool is_user_counter(CsrAddress address) {
  return in_range(address, CsrAddress::Cycle, CsrAddress::Hpmcounter31);
}

/// xtvec: MODE 0 (direct) or 1 (vectored); a write of a reserved MODE has no effect.
void put_tvec(std::uint64_t& tvec, std::uint64_t value) {
  if ((value & 2) == 0) tvec = value;
}

/// xepc: IALIGN is 16, so bit 0 is always 0.
constexpr std::uint64_t legal_epc(std::uint64_t value) {
  return value & ~std::uint64_t{1};
}

}  // namespace

CsrFile::CsrFile(const CsrParams& params, Pmp& pmp) : params_(params), pmp_(pmp) {}

// --- Access ---

CsrResult CsrFile::access(CsrAddress address, CsrOperation operation, std::uint64_t operand,
                          Privilege privilege) {
  CsrResult result;
  if (!accessible(address, privilege)) return result;
  if (operation != CsrOperation::Read && read_only(address)) return result;
  if (!get(address, result.value)) return result;
  result.legal = true;

  // The external line is seen in SEIP but not written back by a read-modify-write (3.1.9).
  std::uint64_t old = result.value;
  if (address == CsrAddress::Mip) {
    constexpr std::uint64_t kSeip = interrupt_bit(Interrupt::SupervisorExternal);
    old = (old & ~kSeip) | (soft_mip_ & kSeip);
  }
  switch (operation) {
    case CsrOperation::Read:
      break;
    case CsrOperation::Write:
      result.effects = put(address, operand);
      break;
    case CsrOperation::Set:
      result.effects = put(address, old | operand);
      break;
    case CsrOperation::Clear:
      result.effects = put(address, old & ~operand);
      break;
  }
  return result;
}

bool CsrFile::accessible(CsrAddress address, Privilege privilege) const {
  if (static_cast<unsigned>(privilege) < lowest_privilege(address)) return false;
  if (is_float(address)) return fp_enabled();
  if (is_user_counter(address))
    return counter_enabled(offset_in(address, CsrAddress::Cycle), privilege);
  if (privilege == Privilege::Machine) return true;
  if (address == CsrAddress::Satp) return !tvm();
  if (address == CsrAddress::Stimecmp) {
    return stce() && (mcounteren_ >> counter::kTime & 1) != 0;
  }
  return true;
}

/// A counter is readable below M if mcounteren allows it, and in U if scounteren does too
/// (3.1.11, 4.1.5).
bool CsrFile::counter_enabled(unsigned index, Privilege privilege) const {
  std::uint64_t enabled = kCounterEnables;
  if (privilege != Privilege::Machine) enabled &= mcounteren_;
  if (privilege == Privilege::User) enabled &= scounteren_;
  return (enabled >> index & 1) != 0;
}

// --- Reading ---

std::uint64_t CsrFile::mstatus_value() const {
  const bool dirty = (mstatus_ & mstatus::kFs) == mstatus::kFs;
  return mstatus_ | mstatus::kUxl64 | mstatus::kSxl64 | (dirty ? mstatus::kSd : 0);
}

/// Reads a register; false if there is none at this address.
bool CsrFile::get(CsrAddress address, std::uint64_t& value) const {
  if (is_user_counter(address) ||
      in_range(address, CsrAddress::Mhpmcounter3, CsrAddress::Mhpmcounter31)) {
    value = counter_value(number(address) & (counter::kCount - 1));
    return true;
  }
  if (in_range(address, CsrAddress::Mhpmevent3, CsrAddress::Mhpmevent31)) {
    value = static_cast<std::uint64_t>(counters_.event(number(address) & (counter::kCount - 1)));
    return true;
  }
  if (in_range(address, CsrAddress::Pmpaddr0, CsrAddress::Pmpaddr15)) {
    value = pmp_.address(offset_in(address, CsrAddress::Pmpaddr0));
    return true;
  }
  switch (address) {
    case CsrAddress::Fflags:
      value = fflags_;
      return true;
    case CsrAddress::Frm:
      value = frm_;
      return true;
    case CsrAddress::Fcsr:
      value = static_cast<std::uint64_t>(frm_ << kFrmShift | fflags_);
      return true;

    case CsrAddress::Sstatus:
      value = mstatus_value() & mstatus::kSupervisorVisible;
      return true;
    case CsrAddress::Sie:
      value = mie_ & mideleg_;
      return true;
    case CsrAddress::Sip:
      value = pending() & mideleg_;
      return true;
    case CsrAddress::Stvec:
      value = supervisor_.tvec;
      return true;
    case CsrAddress::Scounteren:
      value = scounteren_;
      return true;
    case CsrAddress::Senvcfg:
      value = senvcfg_;
      return true;
    case CsrAddress::Sscratch:
      value = supervisor_.scratch;
      return true;
    case CsrAddress::Sepc:
      value = supervisor_.epc;
      return true;
    case CsrAddress::Scause:
      value = supervisor_.cause;
      return true;
    case CsrAddress::Stval:
      value = supervisor_.tval;
      return true;
    case CsrAddress::Stimecmp:
      value = stimecmp_;
      return params_.sstc;
    case CsrAddress::Satp:
      value = satp_;
      return true;

    case CsrAddress::Mvendorid:
    case CsrAddress::Marchid:
    case CsrAddress::Mimpid:
    case CsrAddress::Mconfigptr:
      value = 0;  // not a commercial implementation, none assigned (3.1.2 to 3.1.4)
      return true;
    case CsrAddress::Mhartid:
      value = params_.hart_id;
      return true;
    case CsrAddress::Mstatus:
      value = mstatus_value();
      return true;
    case CsrAddress::Misa:
      value = kMisa;
      return true;
    case CsrAddress::Medeleg:
      value = medeleg_;
      return true;
    case CsrAddress::Mideleg:
      value = mideleg_;
      return true;
    case CsrAddress::Mie:
      value = mie_;
      return true;
    case CsrAddress::Mip:
      value = pending();
      return true;
    case CsrAddress::Mtvec:
      value = machine_.tvec;
      return true;
    case CsrAddress::Mcounteren:
      value = mcounteren_;
      return true;
    case CsrAddress::Menvcfg:
      value = menvcfg_;
      return true;
    case CsrAddress::Mcountinhibit:
      value = counters_.inhibit();
      return true;
    case CsrAddress::Mscratch:
      value = machine_.scratch;
      return true;
    case CsrAddress::Mepc:
      value = machine_.epc;
      return true;
    case CsrAddress::Mcause:
      value = machine_.cause;
      return true;
    case CsrAddress::Mtval:
      value = machine_.tval;
      return true;
    case CsrAddress::Pmpcfg0:
      value = pmp_.config(0);
      return true;
    case CsrAddress::Pmpcfg2:
      value = pmp_.config(1);
      return true;
    case CsrAddress::Mcycle:
      value = counter_value(counter::kCycle);
      return true;
    case CsrAddress::Minstret:
      value = counter_value(counter::kInstret);
      return true;
    default:
      return false;
  }
}

std::uint64_t CsrFile::counter_value(unsigned index) const {
  if (index == counter::kTime) return mtime_ ? mtime_() : 0;
  return counters_.value(index);
}

// --- Writing ---

/// Writes a register that exists and is not read-only; returns CsrEffects.
std::uint8_t CsrFile::put(CsrAddress address, std::uint64_t value) {
  if (in_range(address, CsrAddress::Mhpmcounter3, CsrAddress::Mhpmcounter31)) {
    counters_.write(number(address) & (counter::kCount - 1), value);
    return CsrEffects::kNone;
  }
  if (in_range(address, CsrAddress::Mhpmevent3, CsrAddress::Mhpmevent31)) {
    counters_.write_event(number(address) & (counter::kCount - 1), value);
    return CsrEffects::kNone;
  }
  if (in_range(address, CsrAddress::Pmpaddr0, CsrAddress::Pmpaddr15)) {
    pmp_.write_address(offset_in(address, CsrAddress::Pmpaddr0), value);
    return CsrEffects::kPmp;
  }
  switch (address) {
    case CsrAddress::Fflags:
      return put_fcsr(static_cast<std::uint8_t>(value), frm_);
    case CsrAddress::Frm:
      return put_fcsr(fflags_, static_cast<std::uint8_t>(value));
    case CsrAddress::Fcsr:
      return put_fcsr(static_cast<std::uint8_t>(value),
                      static_cast<std::uint8_t>(value >> kFrmShift));

    case CsrAddress::Sstatus:
      return put_mstatus(value, mstatus::kSupervisorWritable);
    case CsrAddress::Sie:
      mie_ = (mie_ & ~mideleg_) | (value & mideleg_);
      return CsrEffects::kInterrupts;
    case CsrAddress::Sip:
      return put_mip(value, interrupt_bit(Interrupt::SupervisorSoftware) & mideleg_);
    case CsrAddress::Stvec:
      put_tvec(supervisor_.tvec, value);
      break;
    case CsrAddress::Scounteren:
      scounteren_ = value & kCounterEnables;
      break;
    case CsrAddress::Senvcfg:
      senvcfg_ = value & envcfg::kFiom;
      break;
    case CsrAddress::Sscratch:
      supervisor_.scratch = value;
      break;
    case CsrAddress::Sepc:
      supervisor_.epc = legal_epc(value);
      break;
    case CsrAddress::Scause:
      supervisor_.cause = value;
      break;
    case CsrAddress::Stval:
      supervisor_.tval = value;
      break;
    case CsrAddress::Stimecmp:
      stimecmp_ = value;
      return CsrEffects::kInterrupts;
    case CsrAddress::Satp:
      return put_satp(value);

    case CsrAddress::Mstatus:
      return put_mstatus(value, mstatus::kWritable);
    case CsrAddress::Medeleg:
      medeleg_ = value & kDelegableExceptions;
      break;
    case CsrAddress::Mideleg:
      mideleg_ = value & kSupervisorInterrupts;
      return CsrEffects::kInterrupts;
    case CsrAddress::Mie:
      mie_ = value & (kMachineInterrupts | kSupervisorInterrupts);
      return CsrEffects::kInterrupts;
    case CsrAddress::Mip:
      return put_mip(value, kSupervisorInterrupts);
    case CsrAddress::Mtvec:
      put_tvec(machine_.tvec, value);
      break;
    case CsrAddress::Mcounteren:
      mcounteren_ = value & kCounterEnables;
      break;
    case CsrAddress::Menvcfg:
      return put_menvcfg(value);
    case CsrAddress::Mcountinhibit:
      counters_.write_inhibit(value);
      break;
    case CsrAddress::Mscratch:
      machine_.scratch = value;
      break;
    case CsrAddress::Mepc:
      machine_.epc = legal_epc(value);
      break;
    case CsrAddress::Mcause:
      machine_.cause = value;
      break;
    case CsrAddress::Mtval:
      machine_.tval = value;
      break;
    case CsrAddress::Pmpcfg0:
      pmp_.write_config(0, value);
      return CsrEffects::kPmp;
    case CsrAddress::Pmpcfg2:
      pmp_.write_config(1, value);
      return CsrEffects::kPmp;
    case CsrAddress::Mcycle:
      counters_.write(counter::kCycle, value);
      break;
    case CsrAddress::Minstret:
      counters_.write(counter::kInstret, value);
      break;
    default:
      break;  // misa: WARL, and nothing of it can change
  }
  return CsrEffects::kNone;
}

std::uint8_t CsrFile::put_mstatus(std::uint64_t value, std::uint64_t writable) {
  constexpr std::uint64_t kReservedMpp = std::uint64_t{2} << mstatus::kMppShift;
  if ((value & mstatus::kMpp) == kReservedMpp) writable &= ~mstatus::kMpp;  // keeps the old mode
  const std::uint64_t old = mstatus_;
  mstatus_ = (old & ~writable) | (value & writable);

  const std::uint64_t changed = old ^ mstatus_;
  std::uint8_t effects = CsrEffects::kNone;
  if ((changed & (mstatus::kMprv | mstatus::kMpp | mstatus::kSum | mstatus::kMxr)) != 0) {
    effects |= CsrEffects::kTranslation;
  }
  if ((changed & (mstatus::kSie | mstatus::kMie)) != 0) effects |= CsrEffects::kInterrupts;
  if ((changed & mstatus::kFs) != 0) effects |= CsrEffects::kFloat;
  return effects;
}

std::uint8_t CsrFile::put_fcsr(std::uint8_t fflags, std::uint8_t frm) {
  fflags_ = fflags & kFflagsMask;
  frm_ = frm & kFrmMask;
  mark_fp_dirty();
  return CsrEffects::kFloat;
}

/// STIP belongs to stimecmp while menvcfg.STCE is set (Sstc 1.0, 2.2).
std::uint8_t CsrFile::put_mip(std::uint64_t value, std::uint64_t writable) {
  if (stce()) writable &= ~interrupt_bit(Interrupt::SupervisorTimer);
  soft_mip_ = (soft_mip_ & ~writable) | (value & writable);
  return CsrEffects::kInterrupts;
}

std::uint8_t CsrFile::put_menvcfg(std::uint64_t value) {
  std::uint64_t writable = envcfg::kFiom;
  if (params_.sstc) writable |= envcfg::kStce;
  if (params_.svadu) writable |= envcfg::kAdue;
  if (params_.svpbmt) writable |= envcfg::kPbmte;
  const std::uint64_t changed = menvcfg_ ^ (value & writable);
  menvcfg_ ^= changed;

  std::uint8_t effects = CsrEffects::kNone;
  if ((changed & (envcfg::kAdue | envcfg::kPbmte)) != 0) effects |= CsrEffects::kTranslation;
  if ((changed & envcfg::kStce) != 0) effects |= CsrEffects::kInterrupts;
  return effects;
}

/// A write of a MODE that is not supported has no effect on any field (4.1.11).
std::uint8_t CsrFile::put_satp(std::uint64_t value) {
  const auto mode = static_cast<SatpMode>(value >> kSatpModeShift);
  if (std::ranges::find(params_.satp_modes, mode) == params_.satp_modes.end()) {
    return CsrEffects::kNone;
  }
  const std::uint64_t asid_mask = ((std::uint64_t{1} << params_.asid_bits) - 1) << kAsidShift;
  satp_ = value & (~std::uint64_t{0} << kSatpModeShift | asid_mask | kPpnMask);
  return CsrEffects::kTranslation;
}

// --- Translation ---

TranslationContext CsrFile::context(Privilege privilege) const {
  return {.satp = satp_,
          .privilege = privilege,
          .sum = (mstatus_ & mstatus::kSum) != 0,
          .mxr = (mstatus_ & mstatus::kMxr) != 0,
          .adue = (menvcfg_ & envcfg::kAdue) != 0};
}

}  // namespace faultline
