// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/vcd_writer.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cassert>
#include <ostream>
#include <string_view>

namespace faultline {

namespace {

/// The identifier of signal number `n`: the printable characters, least significant first (18.2.1).
std::string identifier(std::size_t n) {
  constexpr std::size_t kFirst = '!';
  constexpr std::size_t kCount = '~' - kFirst + 1;
  std::string text;
  do {
    text += static_cast<char>(kFirst + n % kCount);
    n /= kCount;
  } while (n != 0);
  return text;
}

std::vector<std::string_view> parts(std::string_view path) {
  std::vector<std::string_view> found;
  while (true) {
    const std::size_t dot = path.find('.');
    found.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return found;
    path.remove_prefix(dot + 1);
  }
}

std::string named_values(const ValueNames& names) {
  std::string text;
  for (std::size_t value = 0; value < names.names.size(); ++value) {
    if (!names.names[value].empty()) text += fmt::format(" {}={}", value, names.names[value]);
  }
  return text;
}

}  // namespace

VcdWriter::VcdWriter(std::ostream& out, std::span<const WaveSignal> signals)
    : out_(out), signals_(signals) {
  for (std::size_t i = 0; i < signals.size(); ++i) identifiers_.push_back(identifier(i));
  fmt::print(out_, "$version Faultline $end\n$timescale 1 ps $end\n");
  for (const WaveSignal& signal : signals_) {
    if (signal.names == nullptr) continue;
    fmt::print(out_, "$comment values of {}:{} $end\n", signal.path, named_values(*signal.names));
  }
  declare();
  fmt::print(out_, "$enddefinitions $end\n");
}

void VcdWriter::declare() {
  std::vector<std::string_view> open;  // scopes
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    std::vector<std::string_view> scopes = parts(signals_[i].path);
    const std::string_view name = scopes.back();
    scopes.pop_back();
    const auto common = std::ranges::mismatch(open, scopes).in1 - open.begin();
    for (auto left = static_cast<std::ptrdiff_t>(open.size()); left > common; --left) {
      fmt::print(out_, "$upscope $end\n");
    }
    for (auto at = scopes.begin() + common; at != scopes.end(); ++at) {
      fmt::print(out_, "$scope module {} $end\n", *at);
    }
    open = std::move(scopes);
    const unsigned bits = signals_[i].bits;
    const std::string range = bits == 1 ? "" : fmt::format(" [{}:0]", bits - 1);
    fmt::print(out_, "$var wire {} {} {}{} $end\n", bits, identifiers_[i], name, range);
  }
  for (std::size_t left = open.size(); left > 0; --left) fmt::print(out_, "$upscope $end\n");
}

void VcdWriter::begin(std::uint64_t time_ps, std::span<const WaveValue> values) {
  assert(values.size() == signals_.size());
  time_ps_ = time_ps;
  fmt::print(out_, "#{}\n$dumpvars\n", time_ps);
  for (std::size_t i = 0; i < values.size(); ++i) put(i, values[i]);
  fmt::print(out_, "$end\n");
}

void VcdWriter::change(std::uint64_t time_ps, std::size_t signal, const WaveValue& value) {
  pass_to(time_ps);
  put(signal, value);
}

void VcdWriter::pass_to(std::uint64_t time_ps) {
  assert(time_ps >= time_ps_);
  if (time_ps == time_ps_) return;
  time_ps_ = time_ps;
  fmt::print(out_, "#{}\n", time_ps);
}

void VcdWriter::put(std::size_t signal, const WaveValue& value) {
  const bool is_vector = signals_[signal].bits > 1;
  std::string digits;
  switch (value.kind) {
    case WaveValue::Kind::Unknown:
      digits = "x";
      break;
    case WaveValue::Kind::None:
      digits = "z";
      break;
    case WaveValue::Kind::Number:
      digits = fmt::format("{:b}", value.bits);
      break;
  }
  // A vector may leave out leading zeros (18.2.1, table 18-2).
  fmt::print(out_, "{}{}{}{}\n", is_vector ? "b" : "", digits, is_vector ? " " : "",
             identifiers_[signal]);
}

}  // namespace faultline
