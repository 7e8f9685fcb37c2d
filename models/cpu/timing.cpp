// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/timing.h"

#include <bit>
#include <string>

namespace faultline {

namespace {

bool is_word_division(Op op) {
  return op == Op::Divw || op == Op::Divuw || op == Op::Remw || op == Op::Remuw;
}

unsigned float_latency(Op op, const TimingParams& params) {
  switch (op) {
    case Op::FdivS:
    case Op::FsqrtS:
      return params.float_div_single_cycles;
    case Op::FdivD:
    case Op::FsqrtD:
      return params.float_div_double_cycles;
    case Op::FmaddS:
    case Op::FmsubS:
    case Op::FnmsubS:
    case Op::FnmaddS:
    case Op::FaddS:
    case Op::FsubS:
    case Op::FmulS:
    case Op::FcvtWS:
    case Op::FcvtWuS:
    case Op::FcvtLS:
    case Op::FcvtLuS:
    case Op::FcvtSW:
    case Op::FcvtSWu:
    case Op::FcvtSL:
    case Op::FcvtSLu:
      return params.float_single_cycles;
    case Op::FmaddD:
    case Op::FmsubD:
    case Op::FnmsubD:
    case Op::FnmaddD:
    case Op::FaddD:
    case Op::FsubD:
    case Op::FmulD:
    case Op::FcvtWD:
    case Op::FcvtWuD:
    case Op::FcvtLD:
    case Op::FcvtLuD:
    case Op::FcvtDW:
    case Op::FcvtDWu:
    case Op::FcvtDL:
    case Op::FcvtDLu:
    case Op::FcvtSD:
    case Op::FcvtDS:
      return params.float_double_cycles;
    default:
      return params.float_simple_cycles;
  }
}

unsigned latency_of(Op op, const TimingParams& params) {
  switch (shape_of(op)) {
    case Shape::Mul:
      return params.mul_cycles;
    case Shape::Div:
      return is_word_division(op) ? params.div_word_cycles : params.div_cycles;
    case Shape::Float:
      return float_latency(op, params);
    default:
      break;
  }
  return op >= Op::Csrrw && op <= Op::Csrrci ? params.csr_cycles : 1;
}

}  // namespace

LatencyTable latency_table(const TimingParams& params) {
  LatencyTable table{};
  for (unsigned i = 0; i < kOperations; ++i) {
    table[i] = static_cast<std::uint16_t>(latency_of(static_cast<Op>(i), params));
  }
  return table;
}

std::vector<ParamProblem> check(const TimingParams& params) {
  std::vector<ParamProblem> problems;
  const auto latency = [&](const char* key, unsigned value) {
    if (value < 1 || value > 1000) problems.push_back({key, std::to_string(value), "1 to 1000"});
  };
  latency("mul_cycles", params.mul_cycles);
  latency("div_word_cycles", params.div_word_cycles);
  latency("div_cycles", params.div_cycles);
  latency("csr_cycles", params.csr_cycles);
  latency("float_single_cycles", params.float_single_cycles);
  latency("float_double_cycles", params.float_double_cycles);
  latency("float_simple_cycles", params.float_simple_cycles);
  latency("float_div_single_cycles", params.float_div_single_cycles);
  latency("float_div_double_cycles", params.float_div_double_cycles);
  if (!std::has_single_bit(params.bht_entries) || params.bht_entries > (1u << 20)) {
    problems.push_back(
        {"bht_entries", std::to_string(params.bht_entries), "a power of two, up to 1048576"});
  }
  if (params.ras_entries > 64) {
    problems.push_back({"ras_entries", std::to_string(params.ras_entries), "0 to 64"});
  }
  return problems;
}

}  // namespace faultline
