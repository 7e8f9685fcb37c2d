// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every adapter needs: a verilated module with its clock, reset, waves and coverage, and the
// members of packed structs in its ports. FAULTLINE_WAVES and FAULTLINE_COVERAGE are set by
// rtl/verilate.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "verilated.h"
#ifdef FAULTLINE_WAVES
#include "verilated_fst_c.h"
#endif
#ifdef FAULTLINE_COVERAGE
#include "verilated_cov.h"
#endif

namespace faultline {

/// Bits [lsb, lsb+width) of a port, which is an integer or, from 65 bits on, an array of words.
template <typename Port>
std::uint64_t get_bits(const Port& port, unsigned lsb, unsigned width) {
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - width);
  if constexpr (std::is_integral_v<Port>) {
    return (std::uint64_t{port} >> lsb) & mask;
  } else {
    std::uint64_t value = port[lsb / 32] >> lsb % 32;
    for (unsigned have = 32 - lsb % 32; have < width; have += 32) {
      value |= std::uint64_t{port[(lsb + have) / 32]} << have;
    }
    return value & mask;
  }
}

template <typename Port>
void put_bits(Port& port, unsigned lsb, unsigned width, std::uint64_t value) {
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - width);
  if constexpr (std::is_integral_v<Port>) {
    port = static_cast<Port>((port & ~(mask << lsb)) | (value & mask) << lsb);
  } else {
    for (unsigned done = 0; done < width;) {
      const unsigned bit = (lsb + done) % 32;
      const unsigned count = 32 - bit < width - done ? 32 - bit : width - done;
      const auto part = static_cast<std::uint32_t>(~0U >> (32 - count));
      const auto bits = static_cast<std::uint32_t>(value >> done) & part;
      auto& word = port[(lsb + done) / 32];
      word = (word & ~(part << bit)) | bits << bit;
      done += count;
    }
  }
}

/// A packed struct by the widths of its members, the first being the highest. A port with several
/// of them has number i at bit i * kWidth.
template <unsigned... kWidths>
struct Packed {
  static constexpr unsigned kWidth = (kWidths + ...);

  template <unsigned kMember, typename Port>
  static std::uint64_t get(const Port& port, unsigned index = 0) {
    return get_bits(port, index * kWidth + lsb(kMember), width(kMember));
  }
  template <unsigned kMember, typename Port>
  static void put(Port& port, std::uint64_t value, unsigned index = 0) {
    put_bits(port, index * kWidth + lsb(kMember), width(kMember), value);
  }

 private:
  static constexpr std::array<unsigned, sizeof...(kWidths)> kAll = {kWidths...};
  static constexpr unsigned width(unsigned member) { return kAll[member]; }
  static constexpr unsigned lsb(unsigned member) {
    unsigned bits = 0;
    for (unsigned i = member + 1; i < kAll.size(); ++i) bits += kAll[i];
    return bits;
  }
};

/// A verilated module with `clk_i` and `rst_ni`.
template <typename Model>
class Instance {
 public:
  Instance() {
#ifdef FAULTLINE_WAVES
    context_.traceEverOn(true);
#endif
    model_.rst_ni = 0;
    settle();  // verilator sees no edge in the first evaluation
    clock(0);
    settle();
    model_.rst_ni = 1;
    settle();
  }
  ~Instance() {
    model_.final();
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  Model* operator->() {
    return &model_;
  }

  void settle() {
    model_.clk_i = 0;
    model_.eval();
  }

  void clock(std::uint64_t time_ps) {
    dump(time_ps - std::min(time_ps, half_period_ps_));
    context_.time(time_ps);
    model_.clk_i = 1;
    model_.eval();
    dump(time_ps);
  }

#ifdef FAULTLINE_WAVES
  void open_waves(const std::string& path, std::uint64_t period_ps) {
    half_period_ps_ = period_ps / 2;
    waves_ = std::make_unique<VerilatedFstC>();
    model_.trace(waves_.get(), kAllLevels);
    waves_->open(path.c_str());
    next_dump_ps_ = 0;
  }
  void close_waves() {
    waves_.reset();
  }
#else
  void open_waves(const std::string&, std::uint64_t) {}
  void close_waves() {}
#endif

#ifdef FAULTLINE_COVERAGE
  void write_coverage(const std::string& path) {
    context_.coveragep()->write(path.c_str());
  }
#else
  void write_coverage(const std::string&) {}
#endif

 private:
#ifdef FAULTLINE_WAVES
  static constexpr int kAllLevels = 99;
  // The file takes each time once; of two edges at one time, the second comes a little later.
  void dump(std::uint64_t time_ps) {
    if (!waves_) return;
    next_dump_ps_ = std::max(next_dump_ps_, time_ps);
    waves_->dump(next_dump_ps_++);
  }
  std::unique_ptr<VerilatedFstC> waves_;
  std::uint64_t next_dump_ps_ = 0;
#else
  void dump(std::uint64_t) {}
#endif
  std::uint64_t half_period_ps_ = 0;
  VerilatedContext context_;
  Model model_{&context_};
};

}  // namespace faultline
