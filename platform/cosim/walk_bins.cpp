// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/walk_bins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "models/mmu/abort.h"
#include "platform/cosim/round.h"

namespace faultline::walk_bins {

namespace {

using Names = CoverTable::Names;

constexpr std::array kAccesses = {AccessType::Fetch, AccessType::Load, AccessType::Store,
                                  AccessType::Amo};
constexpr unsigned kStatuses = static_cast<unsigned>(AbortStatus::WalkAccessFault) + 1;
constexpr const char* kFewerLevels = "the tables of this format have fewer levels";

/// Names like "level 3", made of numbers first ... last.
Names numbered(const char* word, unsigned first, unsigned last) {
  Names names;
  for (unsigned i = first; i <= last; ++i) names.push_back(fmt::format("{} {}", word, i));
  return names;
}

Names outcome_rows() {
  Names names;
  for (unsigned level = 0; level < kMaxLevels; ++level) {
    for (const AccessType access : kAccesses) {
      names.push_back(fmt::format("level {} {}", level, to_string(access)));
    }
  }
  return names;
}

Names status_names() {
  Names names;
  for (unsigned i = 0; i < kStatuses; ++i) {
    names.emplace_back(to_string(static_cast<AbortStatus>(i)));
  }
  return names;
}

Names rights_rows() {
  Names names;
  for (const AccessType access : kAccesses) {
    for (unsigned i = 0; i < 8; ++i) {
      names.push_back(fmt::format("{} {} SUM={} MXR={}", to_string(access),
                                  (i & 4U) != 0 ? "user" : "supervisor", i >> 1U & 1U, i & 1U));
    }
  }
  return names;
}

Names accessed_dirty_rows() {
  Names names;
  for (const AccessType access : kAccesses) {
    for (unsigned adue = 0; adue < 2; ++adue) {
      names.push_back(fmt::format("{} ADUE={}", to_string(access), adue));
    }
  }
  return names;
}

const Names kStateNames = {"Idle",   "Accept", "LookUp",     "Issue",  "Wait",
                           "Decode", "Update", "UpdateWait", "Respond"};

Names fence_rows() {
  Names names = kStateNames;
  names.emplace_back("Queued");
  return names;
}

// ---- The rules ----

Reach outcome_rule(const MmuParams& params, std::size_t row, std::size_t column) {
  const std::size_t level = row / kAccesses.size();
  const auto status = static_cast<AbortStatus>(column);
  if (level >= levels_of(params.format)) return Reach::never(kFewerLevels);
  if (status == AbortStatus::NonCanonical && level < 2) {
    return Reach::never("decided before the first read, at the level of a root");
  }
  if (status == AbortStatus::MisalignedSuperpage && level == 0) {
    return Reach::never("a page of 4 KiB cannot be misaligned");
  }
  return {};
}

Reach entry_rule(const MmuParams& params, std::size_t level, std::size_t column) {
  if (level >= levels_of(params.format)) return Reach::never(kFewerLevels);
  const bool upper_pointer = column >= ReservedInPointer && column <= UserPointer;
  if (level == 0 && upper_pointer) {
    return Reach::never("at level 0 every pointer is reserved and counts as such");
  }
  if (level != 0 && column == LowestPointer) return Reach::never("a fault at level 0 only");
  return {};
}

Reach misaligned_rule(const MmuParams& params, std::size_t row, std::size_t column) {
  const std::size_t level = row + 1;
  if (level >= levels_of(params.format)) return Reach::never(kFewerLevels);
  if (column >= level) return Reach::never("this part of the page number may have any value");
  return {};
}

Reach canonical_rule(const MmuParams& params, std::size_t row, std::size_t column) {
  const std::size_t levels = row + 3;
  if (levels > levels_of(params.format)) return Reach::never(kFewerLevels);
  if (kLowestUpper + column < 11 + 9 * levels) return Reach::never("the bit is translated");
  return {};
}

Reach fence_rule(const MmuParams& params, std::size_t row) {
  constexpr std::size_t kLookUp = 2;
  if (row == kLookUp && !params.walk_cache.enabled()) {
    return Reach::never("without walk caches nothing is looked up");
  }
  return {};
}

// The state table of the walk engines' contract, and in the places of its conditions what a design
// cannot do.
Reach arc_rule(const MmuParams& params, std::size_t from, std::size_t to) {
  enum State : std::uint8_t {
    Idle,
    Accept,
    LookUp,
    Issue,
    Wait,
    Decode,
    Update,
    UpdateWait,
    Respond
  };
  static constexpr std::array<std::pair<State, State>, 17> kArcs = {{
      {Idle, Accept},
      {Accept, LookUp},
      {Accept, Issue},
      {Accept, Respond},
      {LookUp, Issue},
      {Issue, Wait},
      {Issue, Respond},
      {Wait, Decode},
      {Decode, Issue},
      {Decode, Update},
      {Decode, Respond},
      {Update, UpdateWait},
      {Update, Respond},
      {UpdateWait, Issue},
      {UpdateWait, Respond},
      {Respond, Idle},
      {Respond, Accept},
  }};
  const std::pair arc{static_cast<State>(from), static_cast<State>(to)};
  if (std::ranges::find(kArcs, arc) == kArcs.end()) {
    return Reach::never("no arc of the state machine");
  }
  const bool looks_up = params.walk_cache.enabled();
  if (!looks_up && (from == LookUp || to == LookUp)) {
    return Reach::never("without walk caches nothing is looked up");
  }
  if (looks_up && arc == std::pair{Accept, Issue}) {
    return Reach::never("walk caches are looked up first");
  }
  return {};
}

Reach walk_cache_rule(const MmuParams& params, std::size_t row, std::size_t column) {
  constexpr unsigned kPointersOfARound = 8;
  const unsigned entries = params.walk_cache.level[row + 1].entries;
  if (entries == 0 || row + 1 >= levels_of(params.format)) {
    return Reach::never("this level has no walk cache");
  }
  if (column == Eviction && entries > kPointersOfARound) {
    return Reach::unlikely("it can hold all the pointers of a round");
  }
  return {};
}

Reach refusal_rule(std::size_t row, std::size_t column) {
  if (row == 1 && (column == ByHole || column == ByDevice || column == ByNoBytes)) {
    return Reach::never("the entry was read before it is updated");
  }
  return {};
}

Reach moment_rule(const MmuParams& params, std::size_t row) {
  if (row >= TwoLookUps && params.walker.count == 1) {
    return Reach::never("it takes two walk engines");
  }
  if (row == TwoLookUps) {
    return Reach::never("one walk starts a cycle, and all look up equally long after their start");
  }
  if (row == TwoFills && !params.walk_cache.enabled()) {
    return Reach::never("there are no walk caches");
  }
  const bool fills = params.walker.count + params.walker.queue_depth < Round::kMaxInitiators;
  if (row == WaitedOutside && !fills) {
    return Reach::never("engines and queue have room for all initiators");
  }
  if (row == WaitedInQueue && params.walker.count >= Round::kMaxInitiators) {
    return Reach::never("there are engines for all initiators");
  }
  return {};
}

Reach rule(const MmuParams& params, Table table, std::size_t row, std::size_t column) {
  switch (table) {
    case Outcome:
      return outcome_rule(params, row, column);
    case Entries:
      return entry_rule(params, row, column);
    case Misaligned:
      return misaligned_rule(params, row, column);
    case Canonical:
      return canonical_rule(params, row, column);
    case Fences:
      return fence_rule(params, row);
    case Arcs:
      return arc_rule(params, row, column);
    case WalkCaches:
      return walk_cache_rule(params, row, column);
    case Refusals:
      return refusal_rule(row, column);
    case Moments:
      return moment_rule(params, row);
    case Rights:
    case AccessedDirty:
    case ReservedBits:
      break;
  }
  return {};
}

}  // namespace

std::vector<CoverTable> make_tables() {
  const Names fence_forms = {"all", "address", "ASID", "address and ASID"};
  return {
      {"outcome", "results of walks, by the level that decided", outcome_rows(), status_names()},
      {"rights",
       "decisions at leaves, by what the entry allows",
       rights_rows(),
       {"R", "X", "RW", "RX", "RWX", "U R", "U X", "U RW", "U RX", "U RWX"}},
      {"accessed_dirty",
       "accesses that are allowed, by the entry's A and D",
       accessed_dirty_rows(),
       {"A=0 D=0", "A=0 D=1", "A=1 D=0", "A=1 D=1"}},
      {"entries",
       "entries that end a walk whatever the access",
       numbered("level", 0, 4),
       {"V=0", "W without R", "reserved bits, leaf", "reserved bits, pointer", "D in a pointer",
        "A in a pointer", "U in a pointer", "pointer at level 0"}},
      {"reserved_bits",
       "entries with a single reserved bit set",
       {"leaf", "pointer"},
       numbered("bit", kLowestReserved, 63)},
      {"misaligned",
       "misaligned superpages with a single low bit set",
       numbered("level", 1, 4),
       {"PPN[0]", "PPN[1]", "PPN[2]", "PPN[3]"}},
      {"canonical",
       "addresses that are not canonical by a single bit",
       {"Sv39", "Sv48", "Sv57"},
       numbered("bit", kLowestUpper, 63)},
      {"fences", "fences by what a walk engine, or a queued walk, was at", fence_rows(),
       fence_forms},
      {"arcs", "steps of the walk engines' state machines", kStateNames, kStateNames},
      {"walk_caches",
       "what the walk cache of a level did",
       numbered("level", 1, 4),
       {"walks that went on below it", "pointers kept", "pointers evicted", "pointers fenced"}},
      {"refusals",
       "accesses to entries that were refused, by whom",
       {"read", "update"},
       {"no memory", "a device", "memory without bytes", "PMP", "the bus"}},
      {"moments",
       "how walks met the queue, memory and each other",
       {"taken at once",
        "waited in the queue",
        "waited in front of a full queue",
        "taken in the cycle in which the engine answered",
        "fence in the cycle of the start",
        "result may be kept",
        "result may not be kept",
        "global by its leaf",
        "global by a pointer",
        "not global",
        "update stored",
        "update lost",
        "given up after 8 updates",
        "memory answered after a cycle",
        "memory answered later",
        "granted at once",
        "granted later",
        "granted with the answer",
        "two look-ups in a cycle",
        "two pointers kept in a cycle",
        "two memory requests in a cycle",
        "two memory answers in a cycle",
        "two walks ended in a cycle"},
       {"times"}},
  };
}

void widen(std::vector<CoverTable>& tables, const MmuParams& params) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    tables[i].widen([&](std::size_t row, std::size_t column) {
      return rule(params, static_cast<Table>(i), row, column);
    });
  }
}

}  // namespace faultline::walk_bins
