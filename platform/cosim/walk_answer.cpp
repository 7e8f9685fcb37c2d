// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/walk_answer.h"

#include <fmt/format.h>

#include <algorithm>

namespace faultline {

namespace {

std::string hex(std::uint64_t value) {
  return fmt::format("{:#x}", value);
}

/// A list of lines under construction.
class Lines {
 public:
  explicit Lines(Cycles start) : start_(start) {}
  void text(std::string name, std::string value) {
    lines_.push_back({std::move(name), std::move(value)});
  }
  void number(std::string name, std::uint64_t value) {
    text(std::move(name), std::to_string(value));
  }
  void cycle(std::string name, Cycles value) {
    // A cycle that was never filled in can lie before the start.
    text(std::move(name), std::to_string(static_cast<std::int64_t>(value - start_)));
  }
  std::vector<AnswerLine> take() { return std::move(lines_); }

 private:
  Cycles start_;
  std::vector<AnswerLine> lines_;
};

void describe_read(Lines& lines, unsigned index, const PteRead& read) {
  const std::string prefix = fmt::format("read {} ", index);
  lines.number(prefix + "level", read.level);
  lines.text(prefix + "address", hex(read.address.value));
  lines.cycle(prefix + "issued", read.issued);
  lines.cycle(prefix + "responded", read.responded);
  lines.text(prefix + "value", hex(read.value));
  lines.text(prefix + "served by", to_string(read.served_by));
}

void describe_update(Lines& lines, unsigned index, const PteUpdate& update) {
  const std::string prefix = fmt::format("update {} ", index);
  lines.text(prefix + "address", hex(update.address.value));
  lines.text(prefix + "old value", hex(update.old_value));
  lines.text(prefix + "new value", hex(update.new_value));
  lines.cycle(prefix + "issued", update.issued);
  lines.cycle(prefix + "responded", update.responded);
  lines.text(prefix + "stored", update.stored ? "yes" : "no");
}

/// Reads and updates in the order of their cycles.
void describe_accesses(Lines& lines, const WalkRecord& record) {
  unsigned update = 0;
  for (unsigned read = 0; read < record.read_count; ++read) {
    for (;
         update < record.update_count && record.updates[update].issued < record.reads[read].issued;
         ++update) {
      describe_update(lines, update, record.updates[update]);
    }
    describe_read(lines, read, record.reads[read]);
  }
  for (; update < record.update_count; ++update) {
    describe_update(lines, update, record.updates[update]);
  }
}

std::string value_of(const std::vector<AnswerLine>& lines, const std::string& name) {
  const auto found = std::ranges::find(lines, name, &AnswerLine::name);
  return found == lines.end() ? "-" : found->value;
}

}  // namespace

bool same(const WalkAnswer& a, const WalkAnswer& b) {
  const WalkRecord& r = a.record;
  const WalkRecord& s = b.record;
  return r.address == s.address && r.asid == s.asid && r.access == s.access &&
         r.privilege == s.privilege && r.engine == s.engine && r.requested == s.requested &&
         r.started == s.started && r.finished == s.finished &&
         r.walk_cache_level == s.walk_cache_level && r.read_count == s.read_count &&
         r.update_count == s.update_count &&
         std::equal(r.reads.begin(), r.reads.begin() + r.read_count, s.reads.begin()) &&
         std::equal(r.updates.begin(), r.updates.begin() + r.update_count, s.updates.begin()) &&
         r.status == s.status && r.leaf_level == s.leaf_level && r.leaf_pte == s.leaf_pte &&
         a.cacheable == b.cacheable && (r.status != AbortStatus::None || a.leaf == b.leaf);
}

bool same_but_for_cycles(WalkAnswer a, WalkAnswer b) {
  for (WalkRecord* record : {&a.record, &b.record}) {
    record->requested = record->started = record->finished = 0;
    for (PteRead& read : record->reads) read.issued = read.responded = 0;
    for (PteUpdate& update : record->updates) update.issued = update.responded = 0;
  }
  return same(a, b);
}

std::vector<AnswerLine> describe(const WalkAnswer& answer, Cycles start) {
  const WalkRecord& record = answer.record;
  Lines lines(start);
  lines.text("address", hex(record.address.value));
  lines.number("asid", record.asid);
  lines.text("access", to_string(record.access));
  lines.text("privilege", to_string(record.privilege));
  lines.cycle("requested", record.requested);
  lines.cycle("started", record.started);
  lines.number("engine", record.engine);
  lines.number("walk cache level", record.walk_cache_level);
  describe_accesses(lines, record);
  lines.cycle("finished", record.finished);
  lines.text("status", to_string(record.status));
  lines.number("level", record.leaf_level);
  lines.text("entry", hex(record.leaf_pte));
  if (record.status == AbortStatus::None) {
    lines.text("leaf page", hex(answer.leaf.page.value));
    lines.text("leaf entry", hex(answer.leaf.pte));
    lines.number("leaf shift", answer.leaf.page_shift);
    lines.number("leaf level", answer.leaf.level);
    lines.text("leaf flags", hex(answer.leaf.flags));
  }
  lines.text("cacheable", answer.cacheable ? "yes" : "no");
  return lines.take();
}

std::string side_by_side(const std::string& left_name, const std::vector<AnswerLine>& left,
                         const std::string& right_name, const std::vector<AnswerLine>& right) {
  std::string text = fmt::format("  {:<20} {:<22} {}\n", "", left_name, right_name);
  const auto show = [&](const std::string& name) {
    const std::string l = value_of(left, name);
    const std::string r = value_of(right, name);
    text += l == r ? fmt::format("  {:<20} {:<22} {}\n", name, l, r)
                   : fmt::format("  {:<20} {:<22} {:<22} <--\n", name, l, r);
  };
  // The lines of the left, and before each the lines that only the right has there.
  std::size_t next = 0;
  const auto show_right_until = [&](std::size_t end) {
    for (; next < end; ++next) {
      if (value_of(left, right[next].name) == "-") show(right[next].name);
    }
  };
  for (const AnswerLine& line : left) {
    const auto at = std::ranges::find(right, line.name, &AnswerLine::name);
    if (at != right.end()) {
      const auto end = static_cast<std::size_t>(at - right.begin());
      show_right_until(end);
      next = std::max(next, end + 1);
    }
    show(line.name);
  }
  show_right_until(right.size());
  return text;
}

}  // namespace faultline
