// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/difference.h"

#include <fmt/format.h>

#include "models/mmu/pte.h"

namespace faultline {

namespace {

constexpr unsigned kEntryBytes = sizeof(std::uint64_t);

std::optional<std::string> compare_counters(const StatGroup& left, const StatGroup& right,
                                            const std::string& path) {
  for (std::size_t i = 0; i < left.counters().size(); ++i) {
    const StatGroup::Counter& l = left.counters()[i];
    const StatGroup::Counter& r = right.counters()[i];
    if (*l.value != *r.value) {
      return fmt::format("{}{} is {} and {}", path, l.name, *l.value, *r.value);
    }
  }
  for (std::size_t i = 0; i < left.groups().size(); ++i) {
    const StatGroup& group = *left.groups()[i];
    if (auto found = compare_counters(group, *right.groups()[i], path + group.name() + ".")) {
      return found;
    }
  }
  return std::nullopt;
}

bool same_shape(const StatGroup& left, const StatGroup& right) {
  if (left.counters().size() != right.counters().size()) return false;
  if (left.groups().size() != right.groups().size()) return false;
  for (std::size_t i = 0; i < left.counters().size(); ++i) {
    if (left.counters()[i].name != right.counters()[i].name) return false;
  }
  for (std::size_t i = 0; i < left.groups().size(); ++i) {
    if (left.groups()[i]->name() != right.groups()[i]->name()) return false;
    if (!same_shape(*left.groups()[i], *right.groups()[i])) return false;
  }
  return true;
}

/// The low bits of an entry by their letters: "VR-X-GA-".
std::string flags_of(std::uint64_t pte) {
  constexpr std::string_view kNames = "VRWXUGAD";
  std::string text;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    text += (pte >> bit & 1U) != 0 ? kNames[bit] : '-';
  }
  return text;
}

}  // namespace

const char* to_string(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::Record:
      return "record";
    case Difference::Kind::Cycle:
      return "cycle";
    case Difference::Kind::Silence:
      return "silence";
    case Difference::Kind::Memory:
      return "memory";
    case Difference::Kind::Statistics:
      return "statistics";
    case Difference::Kind::Assertion:
      break;
  }
  return "assertion";
}

std::optional<std::string> compare_statistics(const StatGroup& left, const StatGroup& right) {
  if (!same_shape(left, right)) return "the groups do not have the same counters";
  return compare_counters(left, right, "");
}

std::optional<std::string> compare_memory(const Round& round, const MemoryPair& memory) {
  constexpr unsigned kShown = 8;
  if (memory.left == memory.right) return std::nullopt;
  std::string text =
      fmt::format("  {:<20} {:<22} {}\n", "entry at", memory.left_name, memory.right_name);
  unsigned shown = 0;
  for (std::size_t i = 0; i < memory.left.size() && shown < kShown; ++i) {
    if (memory.left[i] == memory.right[i]) continue;
    ++shown;
    text += fmt::format("  {:<#20x} {:<#22x} {:#x}\n", round.base().value + i * kEntryBytes,
                        memory.left[i], memory.right[i]);
  }
  return text;
}

std::string describe_path(const Round& round, const MemoryPair& memory,
                          const WalkRequest& request) {
  std::string text = fmt::format("  {:<5} {:<18} {:<28} {:<28} {}\n", "level", "entry at",
                                 "when the round began", memory.left_name, memory.right_name);
  constexpr std::uint64_t kPpnMask = (std::uint64_t{1} << kPtePpnBits) - 1;
  std::uint64_t table = (request.context.satp & kPpnMask) << kPageShift;
  for (unsigned level = levels_of_mode(request.context.satp); level-- > 0;) {
    const std::uint64_t index = request.address.value >> (kPageShift + 9 * level) & 0x1ffU;
    const std::uint64_t address = table + index * kEntryBytes;
    const std::uint64_t place = (address - round.base().value) / kEntryBytes;
    if (address < round.base().value || place >= memory.left.size()) {
      return text + fmt::format("  {:<5} {:<#18x} not in memory\n", level, address);
    }
    const auto show = [](std::uint64_t pte) {
      return fmt::format("{:#018x} {}", pte, flags_of(pte));
    };
    text += fmt::format("  {:<5} {:<#18x} {:<28} {:<28} {}\n", level, address,
                        show(round.memory()[place]), show(memory.left[place]),
                        show(memory.right[place]));
    const std::uint64_t pte = memory.left[place];
    if ((pte & kPteV) == 0 || (pte & (kPteR | kPteW | kPteX)) != 0) break;
    table = (pte & kPtePpnMask) >> kPtePpnShift << kPageShift;
  }
  return text;
}

std::string describe(const WalkRequest& request) {
  const TranslationContext& context = request.context;
  return fmt::format("{} of {:#x} by {} mode, satp {:#x}, SUM {:d}, MXR {:d}, ADUE {:d}",
                     to_string(request.access), request.address.value, to_string(context.privilege),
                     context.satp, context.sum, context.mxr, context.adue);
}

}  // namespace faultline
