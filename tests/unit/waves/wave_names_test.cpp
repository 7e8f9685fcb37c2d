// SPDX-License-Identifier: Apache-2.0
// GTKWave's translate filters say the same as the waves do.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <sstream>

#include "platform/waves/wave_names.h"

namespace faultline {
namespace {

/// Lines of "value name", the value in hexadecimal digits as GTKWave shows a signal of `bits` bits.
std::string filter(const ValueNames& names, unsigned bits) {
  const unsigned digits = (bits + 3) / 4;
  std::string text;
  for (std::size_t value = 0; value < names.names.size(); ++value) {
    if (!names.names[value].empty()) {
      text += fmt::format("{:0{}x} {}\n", value, digits, names.names[value]);
    }
  }
  return text;
}

std::string content(const std::string& file) {
  std::ifstream stream(std::string(FAULTLINE_SOURCE_DIR "/waves/filters/") + file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(WaveNames, filters_have_every_name) {
  for (const ValueNames* names : all_value_names()) {
    const unsigned bits = names == &stage_names() ? 6 : 4;
    EXPECT_EQ(content(names->filter), filter(*names, bits)) << "waves/filters/" << names->filter;
  }
}

TEST(WaveNames, names_are_single_words_and_differ) {
  for (const ValueNames* names : all_value_names()) {
    std::set<std::string> seen;
    for (const std::string& name : names->names) {
      EXPECT_EQ(name.find(' '), std::string::npos) << name;
      if (name.empty()) continue;
      EXPECT_TRUE(seen.insert(name).second) << name;
    }
  }
}

TEST(WaveNames, stages_have_the_names_of_the_database) {
  EXPECT_EQ(stage_names().names[stage_value(Stage::TrapEntry)], "trap_entry");
  EXPECT_EQ(command_names().names[command_value(DramCommand::Refresh)], "REF");
}

}  // namespace
}  // namespace faultline
