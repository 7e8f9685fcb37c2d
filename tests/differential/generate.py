#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a random bare-metal RV64GC program: blocks of random instructions for the frame in runtime.S.

The same seed gives the same program. What is left out on purpose, because two correct machines may differ
there, is listed in README.md.

usage: generate.py SEED [--blocks N] [--instructions N] > program.S
"""

import argparse
import random

MODES = {"u": 0, "s": 1, "m": 3}
USER_ALIAS = 0x40000000

# mstatus
SPIE, MPIE, SPP, MPP, FS = 1 << 5, 1 << 7, 1 << 8, 3 << 11, 3 << 13
MPRV, SUM, MXR, TVM, TW, TSR = 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22
DELEGABLE = 0xB0FF  # all but ecalls, which end blocks
SSI = 1 << 1

# Registers with a role; the others are random operands and destinations.
SP, WINDOW, EDGE, WILD, TARGET, RECOVER, A7 = 2, 8, 9, 18, 20, 21, 17
ROLES = {0, SP, WINDOW, EDGE, WILD, TARGET, RECOVER, A7}
FREE = [n for n in range(32) if n not in ROLES]
FREE_COMPRESSED = [n for n in range(10, 16)]

WILD_PAGED = [0x40001000, 0x40003000, 0x40004000, 0x40005000, 0x40007000, 0x40008000, 0x40009000, 0x4000A000,
              0x4000B000, 0x4000C000, 0x40200000, 0x40400000, 0x100000000, 0x0100000000000000,
              0xFFFFFFFF80000000, 0xFFFFFFFFFFFFF000, 0x4000000000]
WILD_BARE = [0x60000, 0x400000000000, 0x70000]
HOLES = WILD_BARE + [0x40009000]  # nothing is there: only aligned accesses
EXECUTABLE = [0x40004000, 0x40007000]  # a jump there would not come back
USER_WINDOW = "0x40000800"
WINDOWS = {"u": [USER_WINDOW, "0x40007800"], "s": ["page_user + 2048", "0x40002800", USER_WINDOW],
           "m": ["page_user + 2048", "page_supervisor + 2048"]}
EDGES_PAGED = [0x40000FFC, 0x40001FFC, 0x40002FFD, 0x40003FF9, 0x4000DFFE, 0x40007FFF]

INTERESTING = [0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
               0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF80000000]

OP = "add sub sll slt sltu xor srl sra or and mul mulh mulhsu mulhu div divu rem remu".split()
OP_32 = "addw subw sllw srlw sraw mulw divw divuw remw remuw".split()
OP_IMM = "addi slti sltiu xori ori andi addiw".split()
BRANCHES = "beq bne blt bge bltu bgeu".split()
LOADS = "lb lbu lh lhu lw lwu ld".split()
STORES = "sb sh sw sd".split()
AMOS = "amoswap amoadd amoxor amoand amoor amomin amomax amominu amomaxu".split()
ROUNDINGS = "rne rtz rdn rup rmm dyn".split()

# Encodings that no RV64GC machine has: reserved compressed forms, reserved minor opcodes, custom opcodes,
# reserved shift and AMO functions, reserved rounding modes, privileged functions that do not exist.
ILLEGAL = [".half 0x0000", ".half 0x0004", ".half 0x2001", ".half 0x4002", ".half 0x6002", ".half 0x6081",
           ".half 0x6101", ".half 0x8000", ".half 0x8002", ".word 0x00007003", ".word 0x00007023",
           ".word 0x0000000b", ".word 0x0000007b", ".word 0xfe000033", ".word 0x80001013",
           ".word 0x2800202f", ".word 0x00005053", ".word 0x00006053", ".word 0x7fe00073",
           ".word 0x00004073", ".word 0x00002063"]


class Block:
    """One block: its instructions, and the state that it starts in."""

    def __init__(self, rng, index, mode):
        self.rng, self.index, self.mode = rng, index, mode
        self.lines, self.labels = [], 0
        self.mstatus = (MODES[mode] << 11) | MPIE
        for bit in (SUM, MXR, TVM, TW, TSR, SPP, SPIE):
            self.mstatus |= bit if rng.random() < 0.5 else 0
        self.mstatus |= FS if rng.random() < 0.9 else 0
        # Under TSR the handler in S mode could not return.
        delegates = not self.mstatus & TSR and rng.random() < 0.5
        self.medeleg = rng.getrandbits(16) & DELEGABLE if delegates else 0
        self.mideleg = SSI if delegates else 0
        self.mie = SSI if rng.random() < 0.5 else 0
        self.window = rng.choice(WINDOWS[mode])
        self.mprv = mode == "m" and rng.random() < 0.5
        # From S mode without SUM, or with MPRV
        self.window_may_fault = self.mprv or (mode == "s" and self.window == USER_WINDOW)
        self.wild = rng.choice(WILD_BARE if mode == "m" else WILD_PAGED)

    def emit(self, text):
        self.lines.append("    " + text)

    def label(self):
        self.labels += 1
        return f".Lblock{self.index}_{self.labels}"

    # --- Operands ---

    def source(self):
        return f"x{self.rng.choice(FREE + [0, WINDOW])}"

    def target(self):
        return f"x{self.rng.choice(FREE + [0])}"

    def float(self):
        return f"f{self.rng.randrange(32)}"

    def rounding(self):
        return self.rng.choice(ROUNDINGS)

    def address(self):
        """An operand of a load or store: in the window, at a page's edge, or wild."""
        r = self.rng.random()
        if r < 0.80:
            return f"{self.rng.randrange(-2048, 2041)}(x{WINDOW})"
        if r < 0.92:
            return f"{self.rng.randrange(-8, 8)}(x{EDGE})"
        offset = self.rng.randrange(0, 2041)
        return f"{offset & ~7 if self.wild in HOLES else offset}(x{WILD})"

    # --- Instructions, by kind ---

    def integer(self):
        r = self.rng
        kind = r.randrange(6)
        if kind == 0:
            self.emit(f"{r.choice(OP_IMM)} {self.target()}, {self.source()}, {r.randrange(-2048, 2048)}")
        elif kind == 1:
            self.emit(f"{r.choice(['slli', 'srli', 'srai'])} {self.target()}, {self.source()}, {r.randrange(64)}")
        elif kind == 2:
            self.emit(f"{r.choice(['slliw', 'srliw', 'sraiw'])} {self.target()}, {self.source()}, {r.randrange(32)}")
        elif kind == 3:
            self.emit(f"{r.choice(['lui', 'auipc'])} {self.target()}, {r.randrange(1 << 20)}")
        else:
            self.emit(f"{r.choice(OP + OP_32)} {self.target()}, {self.source()}, {self.source()}")

    def compressed(self):
        r = self.rng
        a, b = (f"x{r.choice(FREE_COMPRESSED)}" for _ in range(2))
        self.emit(r.choice([
            f"c.{r.choice(['and', 'or', 'xor', 'sub', 'addw', 'subw'])} {a}, {b}",
            f"c.{r.choice(['srli', 'srai', 'slli'])} {a}, {r.randrange(1, 64)}",
            f"c.andi {a}, {r.randrange(-32, 32)}",
            f"c.addiw {a}, {r.randrange(-32, 32)}",
            f"c.li {a}, {r.randrange(-32, 32)}",
            f"c.lui {a}, {r.randrange(1, 32)}",
            f"c.addi4spn {a}, sp, {r.randrange(1, 256) * 4}",
            f"c.mv {a}, {b}",
            f"c.add {a}, {b}",
            f"c.lw {a}, {r.randrange(32) * 4}(x{WINDOW})",
            f"c.ld {a}, {r.randrange(32) * 8}(x{WINDOW})",
            f"c.sw {a}, {r.randrange(32) * 4}(x{WINDOW})",
            f"c.sd {a}, {r.randrange(32) * 8}(x{WINDOW})",
            f"c.lwsp {a}, {r.randrange(64) * 4}(sp)",
            f"c.ldsp {a}, {r.randrange(64) * 8}(sp)",
            f"c.swsp {a}, {r.randrange(64) * 4}(sp)",
            f"c.sdsp {a}, {r.randrange(64) * 8}(sp)",
            f"c.fldsp {self.float()}, {r.randrange(64) * 8}(sp)",
            f"c.fsdsp {self.float()}, {r.randrange(64) * 8}(sp)",
            "c.nop",
        ]))

    def memory(self):
        if self.rng.random() < 0.5:
            self.emit(f"{self.rng.choice(LOADS)} {self.target()}, {self.address()}")
        else:
            self.emit(f"{self.rng.choice(STORES)} {self.source()}, {self.address()}")

    def atomic(self):
        r = self.rng
        if self.window_may_fault:
            return
        width, size = r.choice([("w", 4), ("d", 8)])
        order = r.choice(["", ".aq", ".rl", ".aqrl"])
        self.emit(f"addi x{TARGET}, x{WINDOW}, {r.randrange(-2048 // size, 2048 // size) * size}")
        kind = r.random()
        if kind < 0.3:
            self.emit(f"lr.{width}{order} {self.target()}, (x{TARGET})")
            self.emit(f"sc.{width}{order} {self.target()}, {self.source()}, (x{TARGET})")
            if r.random() < 0.3:  # a second one has lost its reservation
                self.emit(f"sc.{width} {self.target()}, {self.source()}, (x{TARGET})")
        elif kind < 0.4:
            self.emit(f"addi x{TARGET}, x{TARGET}, {r.randrange(1, size)}")
            self.emit(f"lr.{width} {self.target()}, (x{TARGET})")
        else:
            self.emit(f"{r.choice(AMOS)}.{width}{order} {self.target()}, {self.source()}, (x{TARGET})")

    def control(self):
        r = self.rng
        over = self.label()
        kind = r.randrange(5)
        if kind == 0:
            self.emit(f"jal {self.target()}, {over}")
        elif kind == 1:
            self.emit(f"la x{TARGET}, {over}")
            self.emit(f"jalr {self.target()}, x{TARGET}, {r.choice([0, 0, 1])}")
        else:
            self.emit(f"{r.choice(BRANCHES)} {self.source()}, {self.source()}, {over}")
        for _ in range(r.randrange(3)):
            self.integer()
        self.lines.append(over + ":")

    def floating(self):
        r = self.rng
        f, d = self.float, r.choice("sd")
        kind = r.randrange(13)
        if kind < 4:
            self.emit(f"{r.choice(['fadd', 'fsub', 'fmul', 'fdiv'])}.{d} {f()}, {f()}, {f()}, {self.rounding()}")
        elif kind < 6:
            op = r.choice(["fmadd", "fmsub", "fnmadd", "fnmsub"])
            self.emit(f"{op}.{d} {f()}, {f()}, {f()}, {f()}, {self.rounding()}")
        elif kind == 6:
            self.emit(f"fsqrt.{d} {f()}, {f()}, {self.rounding()}")
        elif kind == 7:
            op = r.choice(["fmin", "fmax", "fsgnj", "fsgnjn", "fsgnjx"])
            self.emit(f"{op}.{d} {f()}, {f()}, {f()}")
        elif kind == 8:
            self.emit(f"{r.choice(['feq', 'flt', 'fle'])}.{d} {self.target()}, {f()}, {f()}")
        elif kind == 9:
            self.emit(f"fcvt.{r.choice(['w', 'wu', 'l', 'lu'])}.{d} {self.target()}, {f()}, {self.rounding()}")
        elif kind == 10:
            integer = r.choice(["w", "wu", "l", "lu"])
            exact = d == "d" and integer in ("w", "wu")
            self.emit(f"fcvt.{d}.{integer} {f()}, {self.source()}" + ("" if exact else f", {self.rounding()}"))
        elif kind == 11:
            self.emit(r.choice([f"fcvt.s.d {f()}, {f()}, {self.rounding()}", f"fcvt.d.s {f()}, {f()}",
                                f"fmv.x.w {self.target()}, {f()}", f"fmv.x.d {self.target()}, {f()}",
                                f"fmv.w.x {f()}, {self.source()}", f"fmv.d.x {f()}, {self.source()}",
                                f"fclass.{d} {self.target()}, {f()}"]))
        else:
            op = r.choice(["flw", "fld", "fsw", "fsd"])
            self.emit(f"{op} {f()}, {self.address()}")

    def csr(self):
        r = self.rng
        op = r.choice(["csrrw", "csrrs", "csrrc"])
        immediate = r.choice(["csrrwi", "csrrsi", "csrrci"])
        free = {"u": [], "s": ["sepc", "scause", "stval"],
                "m": ["sepc", "scause", "stval", "mepc", "mcause", "mtval"]}[self.mode]
        readable = {"u": [], "s": ["sscratch", "stvec", "scounteren", "satp", "sie"],
                    "m": ["sscratch", "stvec", "mtvec", "mscratch", "medeleg", "mie", "mhartid", "satp"]}[self.mode]
        refused = ["0x5c0", "0x8ff", "0xfff", "0x7a8", "mvendorid" if self.mode != "m" else "0x3a1"]
        if self.mode != "m":
            refused += ["mstatus", "mscratch", "cycle", "time", "instret", "hpmcounter3", "pmpcfg0", "medeleg"]
        if self.mode == "u":
            refused += ["sstatus", "satp", "sepc"]
        kind = r.random()
        if kind < 0.35:
            name = r.choice(["fflags", "frm", "fcsr"])
            if r.random() < 0.5:
                self.emit(f"{immediate} {self.target()}, {name}, {r.randrange(32)}")
            else:
                self.emit(f"{op} {self.target()}, {name}, {self.source()}")
        elif kind < 0.55 and free:
            self.emit(f"andi x{TARGET}, {self.source()}, -2")
            self.emit(f"{op} {self.target()}, {r.choice(free)}, x{TARGET}")
        elif kind < 0.65 and readable:
            self.emit(f"csrr {self.target()}, {r.choice(readable)}")
        elif kind < 0.8 and self.mode != "u":
            name = "mstatus" if self.mode == "m" else "sstatus"
            bits = [SUM, MXR, FS, SPP, SPIE] + ([MPP, 1 << 11, TVM, TSR] if self.mode == "m" else [])
            bits += [MPRV] * 3 if self.mprv else []
            clearing = r.random() < 0.5
            bit = r.choice([b for b in bits if not (clearing and b == 1 << 11)])
            self.emit(f"li x{TARGET}, {bit:#x}")
            self.emit(f"{'csrc' if clearing else 'csrs'} {name}, x{TARGET}")
        else:
            self.emit(f"{op} {self.target()}, {r.choice(refused)}, {self.source()}")

    def trap(self):
        r = self.rng
        kind = r.choice(["illegal", "illegal", "ecall", "ebreak", "c.ebreak", "fetch", "fence", "interrupt",
                         "privileged"])
        if kind == "illegal":
            self.emit(r.choice(ILLEGAL))
        elif kind == "fetch" and self.wild not in EXECUTABLE:
            over = self.label()
            self.emit(f"la x{RECOVER}, {over}")
            self.emit(f"jalr {self.target()}, {r.randrange(0, 512) * 4}(x{WILD})")
            self.lines.append(over + ":")
        elif kind == "fence":
            self.emit(r.choice(["fence", "fence.i", "fence rw, w",
                                "sfence.vma" if self.mode != "u" else "fence.tso",
                                f"sfence.vma x{WINDOW}, zero"]))
        elif kind == "interrupt":
            if self.mode != "u":
                self.emit(f"csrsi {self.mode}ip, 2")
        elif kind == "privileged":
            self.emit({"u": r.choice(["sret", "mret", "sfence.vma"]), "s": "mret", "m": "sfence.vma"}[self.mode])
        elif kind in ("ecall", "ebreak", "c.ebreak"):
            self.emit(kind)

    def generate(self, instructions):
        kinds = [(self.integer, 22), (self.compressed, 14), (self.memory, 22), (self.atomic, 8),
                 (self.control, 10), (self.floating, 30), (self.csr, 6), (self.trap, 4)]
        functions, weights = zip(*kinds)
        for function in self.rng.choices(functions, weights, k=instructions):
            function()
        self.emit("li a7, 0x454e44")
        self.emit("ecall")

    # --- Initial state ---

    def register(self, number):
        r, paged = self.rng, self.mode != "m"
        if number == SP:
            return {"u": "0x40007000", "s": "page_mixed", "m": "page_mixed"}[self.mode]
        if number == WINDOW:
            return self.window
        if number == EDGE:
            return f"{r.choice(EDGES_PAGED):#x}" if paged else "page_supervisor - 3"
        if number == WILD:
            return f"{self.wild:#x}"
        if number in (TARGET, RECOVER, A7):
            return "0"
        return f"{r.choice([r.choice(INTERESTING), r.getrandbits(64), r.getrandbits(32)]):#x}"

    def float_value(self):
        """Doubles and boxed singles of all classes, and singles that are not boxed."""
        r = self.rng
        fraction = r.choice([0, 1, r.getrandbits(52), (1 << 51) | r.getrandbits(3), (1 << 52) - 1])
        exponent = r.choice([0, 1, r.randrange(2047), 1023 + r.randrange(-40, 70), 2046, 2047])
        double = r.getrandbits(1) << 63 | exponent << 52 | fraction
        single_fraction = r.choice([0, 1, r.getrandbits(23), 1 << 22, (1 << 23) - 1])
        single_exponent = r.choice([0, 1, r.randrange(255), 127 + r.randrange(-30, 70), 254, 255])
        single = r.getrandbits(1) << 31 | single_exponent << 23 | single_fraction
        return r.choice([double, double, 0xFFFFFFFF << 32 | single, 0xFFFFFFFF << 32 | single, single])

    def record(self):
        alias = f" + {USER_ALIAS:#x}" if self.mode == "u" else ""
        fcsr = self.rng.choice([0, 0, 1, 2, 3, 4, 4, 5, 7]) << 5 | self.rng.choice([0, 1, self.rng.getrandbits(5)])
        lines = [f"    .dword block{self.index}{alias}, {self.mstatus:#x}, {self.medeleg:#x}",
                 f"    .dword {self.mideleg:#x}, {self.mie:#x}, {fcsr:#x}"]
        lines += [f"    .dword {self.register(n)}" for n in range(1, 32)]
        lines += [f"    .dword {self.float_value():#x}" for _ in range(32)]
        return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("--blocks", type=int, default=60)
    parser.add_argument("--instructions", type=int, default=60, help="random choices in a block")
    options = parser.parse_args()

    rng = random.Random(options.seed)
    blocks = [Block(rng, i, rng.choice("usm")) for i in range(options.blocks)]
    print(f"# generate.py {options.seed} --blocks {options.blocks} --instructions {options.instructions}")
    print('.include "runtime.S"\n\n.text')
    for block in blocks:
        block.generate(options.instructions)
        print(f".balign 4\nblock{block.index}:  # {block.mode.upper()} mode")
        print("\n".join(block.lines))
    print("\n.data\n.balign 8\n.globl block_table, block_table_end\nblock_table:")
    for block in blocks:
        print("\n".join(block.record()))
    print("block_table_end:")


if __name__ == "__main__":
    main()
