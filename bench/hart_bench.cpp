// SPDX-License-Identifier: Apache-2.0
// The host's speed of one hart with its MMU and L1 caches in front of a memory of fixed latency:
// guest instructions per second in both fidelities, and host time per page fault. Every guest
// sleeps in wfi until its turn, runs its loop once for each iteration of the benchmark, and pauses
// the simulation at the end of the loop.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "models/mmu/pte.h"
#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kDone = 0x20;
constexpr std::uint64_t kWindow = 0x10'0000'0000;  // where pages are mapped

/// Sleeps until MEI, runs `loop`, reports, and sleeps again. s0 is the device, s1 is free for the
/// loop.
std::string program_around(const std::string& set_up, const std::string& loop) {
  return R"(
    .option norvc
    li s0, 0x10000000
    li t0, 0x800
    csrw mie, t0
  )" + set_up +
         R"(
  sleep:
    wfi
  )" + loop +
         R"(
    sd zero, 0x20(s0)
    j sleep
  )";
}

/// 10 instructions, 4 of them to memory, over 4 KiB.
const std::string kIntegerLoop = R"(
    li s1, 200000
    li a0, 0x80100000
    li a3, 0x80100000
  1:
    ld t0, 0(a0)
    ld t1, 8(a0)
    add t2, t0, t1
    sd t2, 16(a0)
    lw t4, 24(a0)
    addi s1, s1, -1
    slli t5, s1, 5
    andi t5, t5, 2016
    add a0, a3, t5
    bnez s1, 1b
)";

/// Loads with a stride of a page over `pages` pages, translated by MPRV; three instructions a page.
std::string stride_loop(unsigned pages) {
  return "li s1, 40\n"
         "li a2, " +
         std::to_string(kWindow + std::uint64_t{pages} * kPageBytes) + R"(
    li t1, 0x20800       # MPRV, MPP = S
    csrs mstatus, t1
  1:
    li a0, )" +
         std::to_string(kWindow) + R"(
    li a1, 4096
  2:
    ld t0, 0(a0)
    add a0, a0, a1
    bne a0, a2, 2b
    addi s1, s1, -1
    bnez s1, 1b
    li t1, 0x20000
    csrc mstatus, t1
)";
}

/// Loads from pages that are not mapped; the handler skips the load: 4 instructions.
const std::string kFaultSetUp = R"(
    la t0, handler
    csrw mtvec, t0
    j sleep
    .balign 4
  handler:
    csrr t2, mepc
    addi t2, t2, 4
    csrw mepc, t2
    mret
)";
const std::string kFaultLoop = R"(
    li s1, 100000
    li a0, 0x3000000000
    li a1, 4096
    li t1, 0x20000       # MPRV
    csrs mstatus, t1
    li t3, 0x800         # MPP = S
  1:
    csrs mstatus, t3
    ld t0, 0(a0)
    add a0, a0, a1
    addi s1, s1, -1
    bnez s1, 1b
    csrc mstatus, t1
)";

HartParams params(Fidelity fidelity) {
  HartParams params;
  params.fidelity = fidelity;
  return params;
}

/// One guest, ready to be woken.
class Guest {
 public:
  Guest(const std::string& name, Fidelity fidelity, const std::string& set_up,
        const std::string& loop, unsigned pages)
      : bench_(params(fidelity), {}, name) {
    PageTables tables(bench_, HartBench::kMemoryBase + (32 << 20));
    for (unsigned i = 0; i < pages; ++i) {
      tables.map(kWindow + i * kPageBytes, 0x8100'0000 + (i % 2048) * kPageBytes,
                 kPteV | kPteR | kPteW | kPteA | kPteD);
    }
    const std::string paging = "li t0, " + std::to_string(tables.satp()) + "\ncsrw satp, t0\n" +
                               "li t0, -1\ncsrw pmpaddr0, t0\nli t0, 31\ncsrw pmpcfg0, t0\n";
    bench_.program(program_around(paging + set_up, loop));
    bench_.memory.on_device = [this](bool write, std::uint64_t offset, std::uint64_t&) {
      if (write && offset == kDone) {
        bench_.hart.set_interrupt(11, false);
        sc_core::sc_pause();
      }
      return true;
    };
  }
  /// Runs the loop once; returns the instructions that it took.
  std::uint64_t run() {
    const std::uint64_t before = bench_.hart.instructions();
    bench_.hart.set_interrupt(11, true);
    sc_core::sc_start();
    return bench_.hart.instructions() - before;
  }

 private:
  HartBench bench_;
};

void measure(benchmark::State& state, Guest& guest, double faults) {
  double instructions = 0;
  double faulted = 0;
  for (auto _ : state) {
    instructions += static_cast<double>(guest.run());
    faulted += faults;
  }
  state.counters["guest_instructions"] =
      benchmark::Counter(instructions, benchmark::Counter::kIsRate);
  if (faults != 0) {
    state.counters["time_per_fault"] =
        benchmark::Counter(faulted, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  }
}

/// Keeps the simulation from being over while all guests sleep.
void add_far_event() {
  sc_core::sc_spawn([] { sc_core::wait(1e6, sc_core::SC_SEC); });
}

}  // namespace
}  // namespace faultline

int sc_main(int argc, char* argv[]) {
  using namespace faultline;
  benchmark::Initialize(&argc, argv);
  struct Row {
    const char* name;
    Fidelity fidelity;
    std::string set_up, loop;
    unsigned pages;
    double faults;
  };
  const std::vector<Row> rows = {
      {"integer_loop_functional", Fidelity::Functional, "", kIntegerLoop, 0, 0},
      {"integer_loop_cycle", Fidelity::Cycle, "", kIntegerLoop, 0, 0},
      {"page_stride_2048_functional", Fidelity::Functional, "", stride_loop(2048), 2048, 0},
      {"page_stride_8192_functional", Fidelity::Functional, "", stride_loop(8192), 8192, 0},
      {"page_stride_2048_cycle", Fidelity::Cycle, "", stride_loop(2048), 2048, 0},
      {"page_fault_functional", Fidelity::Functional, kFaultSetUp, kFaultLoop, 0, 100000},
      {"page_fault_cycle", Fidelity::Cycle, kFaultSetUp, kFaultLoop, 0, 100000},
  };
  std::vector<std::unique_ptr<Guest>> guests;
  add_far_event();
  for (const Row& row : rows) {
    guests.push_back(
        std::make_unique<Guest>(row.name, row.fidelity, row.set_up, row.loop, row.pages));
    benchmark::RegisterBenchmark(row.name, [guest = guests.back().get(),
                                            faults = row.faults](benchmark::State& s) {
      measure(s, *guest, faults);
    })->Unit(benchmark::kMillisecond);
  }
  sc_core::sc_start(1, sc_core::SC_US);  // every guest to its wfi
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

int main(int argc, char* argv[]) {
  return sc_core::sc_elab_and_sim(argc, argv);
}
