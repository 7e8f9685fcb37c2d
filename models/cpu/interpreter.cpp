// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/interpreter.h"

#include <cstring>

#include "models/cpu/core.h"
#include "models/cpu/execute_float.h"
#include "models/cpu/execute_integer.h"

// Each step is part of the one big function that run() becomes.
#define FAULTLINE_INLINE [[gnu::always_inline]] inline

namespace faultline {

/// Where execution is. `inst` is null when state_.pc says it instead.
template <Fidelity kFidelity>
struct Interpreter<kFidelity>::Cursor {
  const DecodedInst* inst = nullptr;
  std::uint64_t left = 0;  // instructions until the next boundary, at least 1
};

/// The steps of one run: what each instruction does. A step returns true if execution goes on at
/// the cursor, false if the loop is to be left: at a boundary, or with a trap.
template <Fidelity kFidelity>
struct Interpreter<kFidelity>::Steps {
  static constexpr bool kTimed = kFidelity == Fidelity::Cycle;
  using Flow = Core::Flow;

  Core& core;
  std::uint64_t* const reg;
  Pipeline& pipeline;
  LocalClock& clock;

  explicit Steps(Core& c)
      : core(c), reg(c.state_.reg.data()), pipeline(c.pipeline_), clock(c.clock_) {}

  // --- Between the cursor and the core's state ---

  /// Completes the core's state before something that needs it.
  FAULTLINE_INLINE void suspend(Cursor& at) {
    if (at.inst != nullptr) core.state_.pc = core.fetch_.pc_of(at.inst).value;
    core.retire<kFidelity>(core.quantum_ - at.left);
    core.quantum_ = at.left;
  }
  FAULTLINE_INLINE void resume(Cursor& at) { at.left = core.budget<kFidelity>(); }

  FAULTLINE_INLINE bool raise(const Trap& trap) {
    core.trap_ = trap;
    core.trapped_ = true;
    return false;
  }
  FAULTLINE_INLINE bool raise_illegal(const DecodedInst& inst) {
    return raise(make_trap(Exception::IllegalInstruction, inst.raw));
  }

  // --- Issue and retirement ---

  /// Cycle fidelity: waits for the operands (and the unit) of an instruction.
  template <Op kOp>
  FAULTLINE_INLINE void issue(const DecodedInst& inst) {
    Cycles ready = pipeline.operands_ready(inst);
    if constexpr (shape_of(kOp) == Shape::Mul) {
      ready = std::max(ready, pipeline.ready[Pipeline::kMultiplier]);
    } else if constexpr (shape_of(kOp) == Shape::Div) {
      ready = std::max(ready, pipeline.ready[Pipeline::kDivider]);
    } else if constexpr (is_float_division(kOp)) {
      ready = std::max(ready, pipeline.ready[Pipeline::kFloatDivider]);
    }
    if (ready > clock.now()) {
      core.stats_.stalls.charge(Stall::Operand, ready - clock.now());
      clock.advance_to(ready);
    }
    pipeline.issued = clock.now();
  }
  /// When the result of an instruction with a latency of its own can be used.
  template <Op kOp>
  FAULTLINE_INLINE void set_latency(const DecodedInst& inst) {
    if constexpr (kTimed) {
      const Cycles when = pipeline.issued + pipeline.latency[static_cast<unsigned>(kOp)];
      pipeline.set_result(inst.rd, when);
      if constexpr (shape_of(kOp) == Shape::Mul) pipeline.ready[Pipeline::kMultiplier] = when;
      if constexpr (shape_of(kOp) == Shape::Div) pipeline.ready[Pipeline::kDivider] = when;
      if constexpr (is_float_division(kOp)) pipeline.ready[Pipeline::kFloatDivider] = when;
    }
  }
  /// The instruction has retired; false at a boundary. `penalty` cycles pass before the next one.
  FAULTLINE_INLINE bool retire(Cursor& at, Stall reason = Stall::Branch, Cycles penalty = 0) {
    --at.left;
    if constexpr (kTimed) {
      clock.advance_to(pipeline.issued + 1);
      if (penalty != 0) core.stats_.stalls.spend(reason, penalty, clock);
      return at.left != 0 && clock.now() < core.stop_cycle_ && clock.now() < clock.horizon();
    }
    return at.left != 0;
  }
  FAULTLINE_INLINE bool next(Cursor& at) {
    const bool going = retire(at);
    at.inst += at.inst->halfwords;
    return going;
  }

  // --- Where to go on ---

  /// Outside the current page, or after something that makes it doubtful.
  bool fetch(Cursor& at, VirtAddr pc) {
    at.inst = nullptr;
    core.state_.pc = pc.value;
    suspend(at);
    at.inst = core.fetch_.template fetch<kFidelity>(pc);
    return fetched(at);
  }
  bool fetch_straddling(Cursor& at) {
    suspend(at);
    at.inst = core.fetch_.template fetch_straddling<kFidelity>(at.inst);
    return fetched(at);
  }
  bool fetched(Cursor& at) {
    if (at.inst == nullptr) return raise(core.fetch_.trap());
    if (core.boundary_wanted_) resume(at);
    return true;
  }
  /// Cycle fidelity: looks up the line of an instruction. Afterwards the cursor may be elsewhere:
  /// dispatch anew.
  bool advance_line(Cursor& at) {
    suspend(at);
    at.inst = core.fetch_.advance_line(at.inst);
    return at.inst != nullptr || raise(core.fetch_.trap());
  }
  /// The jump has retired; goes to `target`.
  FAULTLINE_INLINE bool jump(Cursor& at, VirtAddr target, bool going) {
    const std::uint64_t offset = target.value - core.fetch_.page_address().value;
    if (offset < kPageBytes && going) [[likely]] {
      at.inst = core.fetch_.page() + offset / 2;
      return true;
    }
    if (going) return fetch(at, target);
    at.inst = nullptr;
    core.state_.pc = target.value;
    return false;
  }
  /// Tells the observer of a jal or jalr.
  FAULTLINE_INLINE void observe_jump(Cursor& at, VirtAddr target) {
    if (!core.armed_) [[likely]]
      return;
    suspend(at);
    core.report_jump(target);
  }

  // --- Control transfer ---

  template <Op kOp>
  FAULTLINE_INLINE bool branch(Cursor& at, const DecodedInst& inst) {
    const bool is_taken = taken<kOp>(reg[inst.rs1], reg[inst.rs2]);
    Cycles penalty = 0;
    ++core.stats_.branches;
    if constexpr (kTimed) {
      const TimingParams& timing = core.params_.timing;
      if (pipeline.predictor.branch(core.fetch_.pc_of(at.inst), is_taken)) {
        penalty = is_taken ? timing.taken_penalty_cycles : 0;
      } else {
        penalty = timing.mispredicted_penalty_cycles;
        ++core.stats_.mispredictions;
      }
    }
    const bool going = retire(at, Stall::Branch, penalty);
    if (!is_taken) {
      at.inst += inst.halfwords;
      return going;
    }
    ++core.stats_.taken_branches;
    const auto halfwords = static_cast<std::int64_t>(inst.imm) >> 1;
    const DecodedInst* const target = at.inst + halfwords;
    if (going && static_cast<std::uint64_t>(target - core.fetch_.page()) < CodePage::kSlots)
        [[likely]] {
      at.inst = target;
      return true;
    }
    return jump(at, core.fetch_.pc_of(at.inst) + static_cast<std::uint64_t>(std::int64_t{inst.imm}),
                going);
  }

  static constexpr bool is_link(unsigned rd) { return rd == 1 || rd == 5; }

  FAULTLINE_INLINE bool jump_direct(Cursor& at, const DecodedInst& inst) {
    const VirtAddr pc = core.fetch_.pc_of(at.inst);
    const VirtAddr link = pc + inst.bytes();
    const VirtAddr target = pc + static_cast<std::uint64_t>(std::int64_t{inst.imm});
    reg[inst.rd] = link.value;
    Cycles penalty = 0;
    if constexpr (kTimed) {
      if (is_link(inst.rd)) pipeline.predictor.push(link);
      penalty = core.params_.timing.taken_penalty_cycles;
    }
    const bool going = retire(at, Stall::Branch, penalty);
    observe_jump(at, target);
    return jump(at, target, going);
  }

  /// Return-address hints: RISC-V Unprivileged 20191213, table 2.1.
  Cycles predict_indirect(const DecodedInst& inst, VirtAddr target, VirtAddr link) {
    bool predicted = false;
    if (is_link(inst.rs1) && inst.rs1 != inst.rd) predicted = pipeline.predictor.pop(target);
    if (is_link(inst.rd)) pipeline.predictor.push(link);
    if (predicted) return core.params_.timing.taken_penalty_cycles;
    ++core.stats_.mispredictions;
    return core.params_.timing.mispredicted_penalty_cycles;
  }

  FAULTLINE_INLINE bool jump_indirect(Cursor& at, const DecodedInst& inst) {
    const VirtAddr link = core.fetch_.pc_of(at.inst) + inst.bytes();
    const VirtAddr target{(reg[inst.rs1] + static_cast<std::uint64_t>(std::int64_t{inst.imm})) &
                          ~std::uint64_t{1}};
    reg[inst.rd] = link.value;
    Cycles penalty = 0;
    if constexpr (kTimed) penalty = predict_indirect(inst, target, link);
    const bool going = retire(at, Stall::Branch, penalty);
    observe_jump(at, target);
    return jump(at, target, going);
  }

  // --- Memory ---

  [[nodiscard]] FAULTLINE_INLINE VirtAddr effective(const DecodedInst& inst) const {
    return VirtAddr{reg[inst.rs1] + static_cast<std::uint64_t>(std::int64_t{inst.imm})};
  }
  bool load_slowly(Cursor& at, VirtAddr va, unsigned bytes, std::uint64_t& value) {
    suspend(at);
    if (!core.data_.load(va, bytes, value)) return raise(core.data_.trap());
    resume(at);
    return true;
  }
  bool store_slowly(Cursor& at, VirtAddr va, unsigned bytes, std::uint64_t value) {
    suspend(at);
    if (!core.data_.store(va, bytes, value)) return raise(core.data_.trap());
    resume(at);
    return true;
  }

  template <Op kOp>
  FAULTLINE_INLINE bool load(Cursor& at, const DecodedInst& inst) {
    constexpr unsigned kBytes = access_bytes(kOp);
    const VirtAddr va = effective(inst);
    std::uint64_t value = 0;
    const unsigned char* where = nullptr;
    if constexpr (kTimed) {
      where = core.data_.timed_load(va, kBytes);
    } else {
      where = core.data_.fast_load(va, kBytes);
    }
    if (where != nullptr) [[likely]] {
      std::memcpy(&value, where, kBytes);
    } else if (!load_slowly(at, va, kBytes, value)) {
      return false;
    }
    reg[inst.rd] = extend_loaded<kOp>(value);
    ++core.stats_.loads;
    if constexpr (kTimed) pipeline.set_result(inst.rd, core.data_.data_ready());
    return next(at);
  }

  template <Op kOp>
  FAULTLINE_INLINE bool store(Cursor& at, const DecodedInst& inst) {
    constexpr unsigned kBytes = access_bytes(kOp);
    const VirtAddr va = effective(inst);
    const std::uint64_t value = reg[inst.rs2];
    unsigned char* where = nullptr;
    if constexpr (kTimed) {
      where = core.data_.timed_store(va, kBytes);
    } else {
      where = core.data_.fast_store(va, kBytes);
    }
    if (where != nullptr) [[likely]] {
      std::memcpy(where, &value, kBytes);
    } else if (!store_slowly(at, va, kBytes, value)) {
      return false;
    }
    ++core.stats_.stores;
    return next(at);
  }

  template <Op kOp>
  FAULTLINE_INLINE bool load_reserved(Cursor& at, const DecodedInst& inst) {
    std::uint64_t value = 0;
    suspend(at);
    if (!core.data_.load_reserved(VirtAddr{reg[inst.rs1]}, access_bytes(kOp), value)) {
      return raise(core.data_.trap());
    }
    resume(at);
    reg[inst.rd] = extend_loaded<kOp>(value);
    ++core.stats_.atomics;
    if constexpr (kTimed) pipeline.set_result(inst.rd, core.data_.data_ready());
    return next(at);
  }

  template <Op kOp>
  FAULTLINE_INLINE bool store_conditional(Cursor& at, const DecodedInst& inst) {
    bool stored = false;
    suspend(at);
    if (!core.data_.store_conditional(VirtAddr{reg[inst.rs1]}, access_bytes(kOp), reg[inst.rs2],
                                      stored)) {
      return raise(core.data_.trap());
    }
    resume(at);
    reg[inst.rd] = stored ? 0 : 1;
    ++core.stats_.atomics;
    if constexpr (kTimed) pipeline.set_result(inst.rd, pipeline.issued + 1);
    return next(at);
  }

  template <Op kOp>
  FAULTLINE_INLINE bool amo(Cursor& at, const DecodedInst& inst) {
    std::uint64_t old_value = 0;
    const std::uint64_t operand = reg[inst.rs2];
    suspend(at);
    if (!core.data_.atomic(VirtAddr{reg[inst.rs1]}, access_bytes(kOp), old_value,
                           [operand](std::uint64_t m) { return amo_result<kOp>(m, operand); })) {
      return raise(core.data_.trap());
    }
    resume(at);
    reg[inst.rd] = extend_loaded<kOp>(old_value);
    ++core.stats_.atomics;
    if constexpr (kTimed) {
      pipeline.set_result(inst.rd, core.data_.data_ready() + core.params_.timing.amo_cycles);
    }
    return next(at);
  }

  // --- Floating point and the rest ---

  template <Op kOp>
  FAULTLINE_INLINE bool float_operation(Cursor& at, const DecodedInst& inst) {
    CsrFile& csr = core.csr_;
    if (!csr.fp_enabled()) return raise_illegal(inst);
    std::uint8_t mode = inst.extra;
    if constexpr (has_rounding_mode(kOp)) {
      if (mode == kDynamicRounding) mode = csr.frm();
      if (!fpu::is_rounding_mode(mode)) return raise_illegal(inst);
    }
    fpu::Flags flags = csr.fflags();
    const FloatOperands in{reg[inst.rs1], reg[inst.rs2], reg[inst.rs3],
                           static_cast<fpu::RoundingMode>(mode)};
    reg[inst.rd] = evaluate_float<kOp>(in, flags);
    csr.fflags() = flags;
    csr.mark_fp_dirty();
    set_latency<kOp>(inst);
    return next(at);
  }

  bool system(Cursor& at) {
    suspend(at);
    const DecodedInst inst = *at.inst;
    core.penalty_ = 0;
    const Flow flow = core.system(inst);
    if (flow == Flow::Trap) {
      core.trapped_ = true;
      return false;
    }
    if constexpr (kTimed) pipeline.issued = clock.now();
    if (inst.op >= Op::Csrrw && inst.op <= Op::Csrrci) {
      if constexpr (kTimed) {
        pipeline.set_result(inst.rd, clock.now() + core.params_.timing.csr_cycles);
      }
    }
    if (flow == Flow::Next) {
      resume(at);
      const bool going = retire(at, Stall::System, core.penalty_);
      at.inst += inst.halfwords;
      return going;
    }
    at.inst = nullptr;
    at.left = core.quantum_;
    retire(at, Stall::System, core.penalty_);
    return false;
  }

  /// One entry of the decoded page.
  template <Op kOp>
  FAULTLINE_INLINE bool step(Cursor& at) {
    constexpr Shape kShape = shape_of(kOp);
    const DecodedInst& inst = *at.inst;
    if constexpr (kOp == Op::Undecoded) {
      core.fetch_.decode_slot(at.inst);
      return true;
    } else if constexpr (kOp == Op::Refetch) {
      return fetch(at, core.fetch_.pc_of(at.inst));
    } else if constexpr (kOp == Op::Straddle) {
      return fetch_straddling(at);
    } else {
      if constexpr (kTimed) {
        if (!core.fetch_.line_holds(at.inst)) [[unlikely]]
          return advance_line(at);
        issue<kOp>(inst);
      }
      if constexpr (kShape == Shape::Illegal) {
        return raise_illegal(inst);
      } else if constexpr (kShape == Shape::Immediate) {
        reg[inst.rd] = static_cast<std::uint64_t>(std::int64_t{inst.imm});
        return next(at);
      } else if constexpr (kShape == Shape::PcRelative) {
        reg[inst.rd] =
            core.fetch_.pc_of(at.inst).value + static_cast<std::uint64_t>(std::int64_t{inst.imm});
        return next(at);
      } else if constexpr (kShape == Shape::AluImm) {
        reg[inst.rd] =
            evaluate<kOp>(reg[inst.rs1], static_cast<std::uint64_t>(std::int64_t{inst.imm}));
        return next(at);
      } else if constexpr (kShape == Shape::AluReg) {
        reg[inst.rd] = evaluate<kOp>(reg[inst.rs1], reg[inst.rs2]);
        return next(at);
      } else if constexpr (kShape == Shape::Mul || kShape == Shape::Div) {
        reg[inst.rd] = evaluate<kOp>(reg[inst.rs1], reg[inst.rs2]);
        set_latency<kOp>(inst);
        return next(at);
      } else if constexpr (kShape == Shape::Branch) {
        return branch<kOp>(at, inst);
      } else if constexpr (kShape == Shape::Jal) {
        return jump_direct(at, inst);
      } else if constexpr (kShape == Shape::Jalr) {
        return jump_indirect(at, inst);
      } else if constexpr (kShape == Shape::Load) {
        return load<kOp>(at, inst);
      } else if constexpr (kShape == Shape::Store) {
        return store<kOp>(at, inst);
      } else if constexpr (kShape == Shape::FloatLoad) {
        if (!core.csr_.fp_enabled()) return raise_illegal(inst);
        core.csr_.mark_fp_dirty();
        return load<kOp>(at, inst);
      } else if constexpr (kShape == Shape::FloatStore) {
        return core.csr_.fp_enabled() ? store<kOp>(at, inst) : raise_illegal(inst);
      } else if constexpr (kShape == Shape::LoadReserved) {
        return load_reserved<kOp>(at, inst);
      } else if constexpr (kShape == Shape::StoreConditional) {
        return store_conditional<kOp>(at, inst);
      } else if constexpr (kShape == Shape::Amo) {
        return amo<kOp>(at, inst);
      } else if constexpr (kShape == Shape::Float) {
        return float_operation<kOp>(at, inst);
      } else {
        return system(at);
      }
    }
  }
};

template <Fidelity kFidelity>
void Interpreter<kFidelity>::run() {
  static constexpr const void* kLabels[] = {
#define FAULTLINE_LABEL(name, shape) &&label_##name,
      FAULTLINE_OPERATIONS(FAULTLINE_LABEL)
#undef FAULTLINE_LABEL
  };
  Steps steps(core_);
  Cursor at{.inst = nullptr, .left = core_.budget<kFidelity>()};
  if (!steps.fetch(at, VirtAddr{core_.state_.pc})) goto leave;
  goto* kLabels[static_cast<unsigned>(at.inst->op)];

#define FAULTLINE_STEP(name, shape)                                                \
  label_##name : if (steps.template step<Op::name>(at))                            \
                     [[likely]] goto* kLabels[static_cast<unsigned>(at.inst->op)]; \
  goto leave;
  FAULTLINE_OPERATIONS(FAULTLINE_STEP)
#undef FAULTLINE_STEP

leave:
  steps.suspend(at);
}

template class Interpreter<Fidelity::Functional>;
template class Interpreter<Fidelity::Cycle>;

}  // namespace faultline
