// SPDX-License-Identifier: Apache-2.0
#pragma once

// Control and status registers of an RV64 hart with M, S and U: their addresses and fields, each
// defined once. Sources: "The RISC-V Instruction Set Manual, Volume II: Privileged Architecture",
// version 1.12 (called Privileged below); Volume I, version 20191213, for F and Zicsr; the
// extension documents Sstc 1.0 and Svadu 1.0. Registers of the hypervisor, debug and trigger
// extensions are absent from this hart.

#include <cstdint>

namespace faultline {

/// The 12-bit address of a CSR. Bits 11:10 = 3: read-only; bits 9:8: the lowest privilege with
/// access (Privileged, 2.1). Ranges are named by their first register: kMhpmcounter3 + n is
/// mhpmcounter(3+n).
enum class CsrAddress : std::uint16_t {
  // Unprivileged: floating point (Volume I, 11.2), counters and timers (10)
  Fflags = 0x001,
  Frm = 0x002,
  Fcsr = 0x003,
  Cycle = 0xC00,
  Time = 0xC01,
  Instret = 0xC02,
  Hpmcounter3 = 0xC03,
  Hpmcounter31 = 0xC1F,
  // Supervisor (Privileged, 4.1)
  Sstatus = 0x100,     // 4.1.1
  Sie = 0x104,         // 4.1.3
  Stvec = 0x105,       // 4.1.2
  Scounteren = 0x106,  // 4.1.5
  Senvcfg = 0x10A,     // 4.1.10
  Sscratch = 0x140,    // 4.1.6
  Sepc = 0x141,        // 4.1.7
  Scause = 0x142,      // 4.1.8
  Stval = 0x143,       // 4.1.9
  Sip = 0x144,         // 4.1.3
  Stimecmp = 0x14D,    // Sstc, 2.1.1
  Satp = 0x180,        // 4.1.11
  // Machine information (Privileged, 3.1.2 to 3.1.5)
  Mvendorid = 0xF11,
  Marchid = 0xF12,
  Mimpid = 0xF13,
  Mhartid = 0xF14,
  Mconfigptr = 0xF15,  // 3.1.17
  // Machine trap setup and handling
  Mstatus = 0x300,        // 3.1.6
  Misa = 0x301,           // 3.1.1
  Medeleg = 0x302,        // 3.1.8
  Mideleg = 0x303,        // 3.1.8
  Mie = 0x304,            // 3.1.9
  Mtvec = 0x305,          // 3.1.7
  Mcounteren = 0x306,     // 3.1.11
  Menvcfg = 0x30A,        // 3.1.18
  Mcountinhibit = 0x320,  // 3.1.12
  Mhpmevent3 = 0x323,     // 3.1.10
  Mhpmevent31 = 0x33F,
  Mscratch = 0x340,  // 3.1.13
  Mepc = 0x341,      // 3.1.14
  Mcause = 0x342,    // 3.1.15
  Mtval = 0x343,     // 3.1.16
  Mip = 0x344,       // 3.1.9
  // Physical memory protection (Privileged, 3.7.1): on RV64 only the even configuration registers
  // exist
  Pmpcfg0 = 0x3A0,
  Pmpcfg2 = 0x3A2,
  Pmpaddr0 = 0x3B0,
  Pmpaddr15 = 0x3BF,
  // Machine counters (Privileged, 3.1.10)
  Mcycle = 0xB00,
  Minstret = 0xB02,
  Mhpmcounter3 = 0xB03,
  Mhpmcounter31 = 0xB1F,
};

/// Fields of mstatus and of its view sstatus (Privileged, 3.1.6 and 4.1.1).
namespace mstatus {
inline constexpr std::uint64_t kSie = 1U << 1;
inline constexpr std::uint64_t kMie = 1U << 3;
inline constexpr std::uint64_t kSpie = 1U << 5;
inline constexpr std::uint64_t kMpie = 1U << 7;
inline constexpr std::uint64_t kSpp = 1U << 8;
inline constexpr unsigned kMppShift = 11;
inline constexpr std::uint64_t kMpp = 3U << kMppShift;
inline constexpr std::uint64_t kFs = 3U << 13;  ///< all ones = Dirty, 0 = Off
inline constexpr std::uint64_t kFsInitial = 1U << 13;
inline constexpr std::uint64_t kMprv = 1U << 17;
inline constexpr std::uint64_t kSum = 1U << 18;
inline constexpr std::uint64_t kMxr = 1U << 19;
inline constexpr std::uint64_t kTvm = 1U << 20;
inline constexpr std::uint64_t kTw = 1U << 21;
inline constexpr std::uint64_t kTsr = 1U << 22;
inline constexpr std::uint64_t kUxl = std::uint64_t{3} << 32;
inline constexpr std::uint64_t kUxl64 = std::uint64_t{2} << 32;
inline constexpr std::uint64_t kSxl64 = std::uint64_t{2} << 34;
inline constexpr std::uint64_t kSd = std::uint64_t{1} << 63;
/// What software can change. UBE, SBE, MBE, VS, XS are read-only 0; UXL and SXL read-only 64-bit.
inline constexpr std::uint64_t kWritable =
    kSie | kMie | kSpie | kMpie | kSpp | kMpp | kFs | kMprv | kSum | kMxr | kTvm | kTw | kTsr;
inline constexpr std::uint64_t kSupervisorWritable = kSie | kSpie | kSpp | kFs | kSum | kMxr;
inline constexpr std::uint64_t kSupervisorVisible = kSupervisorWritable | kUxl | kSd;
}  // namespace mstatus

/// Interrupts: exception codes of xcause with the top bit set, bit numbers of xip and xie, and the
/// lines into the hart (Privileged, table 3.6).
enum class Interrupt : std::uint8_t {
  SupervisorSoftware = 1,
  MachineSoftware = 3,
  SupervisorTimer = 5,
  MachineTimer = 7,
  SupervisorExternal = 9,
  MachineExternal = 11,
};

/// The bit of an interrupt in mip, mie and mideleg.
[[nodiscard]] constexpr std::uint64_t interrupt_bit(Interrupt interrupt) {
  return std::uint64_t{1} << static_cast<unsigned>(interrupt);
}

/// The top bit of xcause: an interrupt.
inline constexpr std::uint64_t kCauseInterrupt = std::uint64_t{1} << 63;

/// Exception codes of xcause with the top bit clear (Privileged, table 3.6).
enum class Exception : std::uint8_t {
  InstructionMisaligned = 0,  ///< cannot occur with IALIGN = 16
  InstructionAccessFault = 1,
  IllegalInstruction = 2,
  Breakpoint = 3,
  LoadMisaligned = 4,
  LoadAccessFault = 5,
  StoreMisaligned = 6,
  StoreAccessFault = 7,
  EcallFromU = 8,
  EcallFromS = 9,
  EcallFromM = 11,
  InstructionPageFault = 12,
  LoadPageFault = 13,
  StorePageFault = 15,
};

/// Fields of menvcfg (Privileged, 3.1.18; Sstc 1.0; Svadu 1.0) and of senvcfg (4.1.10, FIOM only).
namespace envcfg {
inline constexpr std::uint64_t kFiom = 1U << 0;
inline constexpr std::uint64_t kAdue = std::uint64_t{1} << 61;
inline constexpr std::uint64_t kPbmte = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kStce = std::uint64_t{1} << 63;
}  // namespace envcfg

/// Bits of mcounteren, scounteren and mcountinhibit; bit n >= 3 is hpmcounter n
/// (Privileged, 3.1.11).
namespace counter {
inline constexpr unsigned kCycle = 0;
inline constexpr unsigned kTime = 1;
inline constexpr unsigned kInstret = 2;
inline constexpr unsigned kFirstEvent = 3;
inline constexpr unsigned kCount = 32;
}  // namespace counter

/// misa: RV64 with A, C, D, F, I, M, S, U (Privileged, 3.1.1). Read-only in this hart.
inline constexpr std::uint64_t kMisa =
    (std::uint64_t{2} << 62) | (1U << ('A' - 'A')) | (1U << ('C' - 'A')) | (1U << ('D' - 'A')) |
    (1U << ('F' - 'A')) | (1U << ('I' - 'A')) | (1U << ('M' - 'A')) | (1U << ('S' - 'A')) |
    (1U << ('U' - 'A'));

}  // namespace faultline
