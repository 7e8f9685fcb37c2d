// SPDX-License-Identifier: Apache-2.0
// Changes go into a log in any order; what comes out is read back as VCD.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "platform/waves/wave_log.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// One signal's changes: time and value as written ("101", "x", "z").
using Changes = std::vector<std::pair<std::uint64_t, std::string>>;

/// A value change dump, read as the standard describes it.
struct Vcd {
  explicit Vcd(const std::string& text) {
    std::istringstream in(text);
    std::string word;
    std::map<std::string, std::string> path_of;  // by identifier
    std::vector<std::string> scopes;
    std::uint64_t now = 0;
    while (in >> word) {
      if (word == "$scope") {
        std::string kind, name;
        in >> kind >> name;
        scopes.push_back(name);
        skip(in);
      } else if (word == "$upscope") {
        scopes.pop_back();
        skip(in);
      } else if (word == "$var") {
        std::string kind, bits, id, name;
        in >> kind >> bits >> id >> name;
        std::string path;
        for (const std::string& scope : scopes) path += scope + ".";
        path_of[id] = path + name;
        bits_of[path + name] = bits;
        skip(in);
      } else if (word == "$comment" || word == "$version" || word == "$timescale") {
        while (in >> word && word != "$end") {
          if (!header.empty()) header += " ";
          header += word;
        }
      } else if (word == "$enddefinitions") {
        EXPECT_TRUE(scopes.empty());
        skip(in);
      } else if (word[0] == '#') {
        const std::uint64_t next = std::stoull(word.substr(1));
        EXPECT_TRUE(times.empty() || next > now);
        now = next;
        times.push_back(now);
      } else if (word[0] == 'b') {
        std::string id;
        in >> id;
        changes[path_of.at(id)].emplace_back(now, word.substr(1));
      } else if (word != "$dumpvars" && word != "$end") {
        changes[path_of.at(word.substr(1))].emplace_back(now, word.substr(0, 1));
      }
    }
  }
  static void skip(std::istream& in) {
    std::string word;
    while (in >> word && word != "$end") {
    }
  }

  std::string header;
  std::map<std::string, std::string> bits_of;
  std::map<std::string, Changes> changes;
  std::vector<std::uint64_t> times;
};

Vcd written(WaveLog& log, std::uint64_t begin, std::uint64_t end) {
  std::ostringstream out;
  log.write(out, begin, end);
  return Vcd(out.str());
}

TEST(WaveLog, orders_changes_by_time) {
  WaveLog log;
  const auto a = log.add("top.a", 8);
  const auto b = log.add("top.b", 8);
  log.set(a, 30, 3);
  log.set(b, 20, 7);
  log.set(a, 10, 1);
  log.set(a, 20, 2);
  const Vcd vcd = written(log, 0, 100);
  EXPECT_THAT(vcd.changes.at("top.a"),
              ElementsAre(Pair(0, "x"), Pair(10, "1"), Pair(20, "10"), Pair(30, "11")));
  EXPECT_THAT(vcd.changes.at("top.b"), ElementsAre(Pair(0, "x"), Pair(20, "111")));
  EXPECT_THAT(vcd.times, ElementsAre(0, 10, 20, 30, 100));
}

TEST(WaveLog, window_begins_with_the_values_of_then_and_excludes_its_end) {
  WaveLog log;
  const auto a = log.add("a", 8);
  log.set(a, 9, 1);
  log.set(a, 10, 2);
  log.set(a, 19, 3);
  log.set(a, 20, 4);
  EXPECT_THAT(written(log, 10, 20).changes.at("a"), ElementsAre(Pair(10, "10"), Pair(19, "11")));
}

TEST(WaveLog, last_change_of_a_time_counts_and_repeated_values_are_left_out) {
  WaveLog log;
  const auto a = log.add("a", 4);
  log.set(a, 10, 1);
  log.set(a, 10, 2);
  log.set(a, 20, 2);
  EXPECT_THAT(written(log, 0, 30).changes.at("a"), ElementsAre(Pair(0, "x"), Pair(10, "10")));
}

TEST(WaveLog, end_of_a_pulse_yields_to_the_next_whichever_is_told_first) {
  WaveLog log;
  const auto late = log.add("late", 1);
  log.pulse(late, 20, 30, 1);
  log.pulse(late, 10, 20, 1);
  const auto early = log.add("early", 1);
  log.pulse(early, 10, 20, 1);
  log.pulse(early, 20, 30, 1);
  const Vcd vcd = written(log, 0, 100);
  EXPECT_THAT(vcd.changes.at("late"), ElementsAre(Pair(0, "x"), Pair(10, "1"), Pair(30, "0")));
  EXPECT_THAT(vcd.changes.at("early"), ElementsAre(Pair(0, "x"), Pair(10, "1"), Pair(30, "0")));
}

TEST(WaveLog, forgets_all_but_the_latest_values) {
  WaveLog log;
  const auto a = log.add("a", 8);
  const auto b = log.add("b", 8);
  for (std::uint64_t i = 0; i < 100; ++i) log.set(a, i, i);
  log.set(b, 3, 5);
  log.forget_before(90);
  EXPECT_EQ(log.size(), 10U);
  const Vcd vcd = written(log, 98, 200);
  EXPECT_THAT(vcd.changes.at("a"), ElementsAre(Pair(98, "1100010"), Pair(99, "1100011")));
  EXPECT_THAT(vcd.changes.at("b"), ElementsAre(Pair(98, "101")));
}

TEST(WaveLog, tells_no_value_from_an_unknown_one) {
  WaveLog log;
  const auto row = log.add("row", 16);
  log.set(row, 5, WaveValue::none());
  EXPECT_THAT(written(log, 0, 10).changes.at("row"), ElementsAre(Pair(0, "x"), Pair(5, "z")));
}

TEST(WaveLog, knows_a_resting_signal_from_the_start) {
  WaveLog log;
  log.add_resting("event", 1);
  EXPECT_THAT(written(log, 7, 10).changes.at("event"), ElementsAre(Pair(7, "0")));
}

TEST(WaveLog, writes_wide_values_scopes_and_many_signals) {
  WaveLog log;
  const auto wide = log.add("top.inner.wide", 64);
  const auto flag = log.add("top.flag", 1);
  for (int i = 0; i < 200; ++i) log.add("top.many.s" + std::to_string(i), 2);
  const auto last = log.add("other.last", 2);
  log.set(wide, 1, ~std::uint64_t{0});
  log.set(flag, 2, 1);
  log.set(last, 3, 2);
  const Vcd vcd = written(log, 0, 10);
  EXPECT_EQ(vcd.bits_of.size(), 203U);
  EXPECT_EQ(vcd.bits_of.at("top.inner.wide"), "64");
  EXPECT_EQ(vcd.changes.at("top.inner.wide").back().second, std::string(64, '1'));
  EXPECT_THAT(vcd.changes.at("top.flag"), ElementsAre(Pair(0, "x"), Pair(2, "1")));
  EXPECT_THAT(vcd.changes.at("other.last"), ElementsAre(Pair(0, "x"), Pair(3, "10")));
}

TEST(WaveLog, explains_named_values_in_the_header) {
  const ValueNames names{"direction.txt", {"left", "", "right"}};
  WaveLog log;
  log.add("top.direction", 2, &names);
  EXPECT_THAT(written(log, 0, 1).header,
              ::testing::HasSubstr("values of top.direction: 0=left 2=right"));
}

TEST(WaveLog, without_changes_is_a_file_of_two_times) {
  WaveLog log;
  EXPECT_THAT(written(log, 5, 6).times, ElementsAre(5, 6));
  EXPECT_THAT(written(log, 5, 6).changes, IsEmpty());
}

}  // namespace
}  // namespace faultline
