// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/boot_options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

std::vector<std::string> words_of(lib::WordReader reader) {
  std::vector<std::string> words;
  while (const auto word = reader.next()) {
    std::string plain(word->size(), '\0');
    plain.resize(lib::unquote(*word, plain.data()));
    words.push_back(plain);
  }
  return words;
}

TEST(BootOptions, value_is_what_follows_the_key) {
  const lib::BootOptions options("init=/bin/touch loglevel=7");
  EXPECT_EQ(options.value("init"), "/bin/touch");
  EXPECT_EQ(options.value("loglevel"), "7");
  EXPECT_FALSE(options.value("log").has_value());
}

TEST(BootOptions, last_value_wins) {
  EXPECT_EQ(lib::BootOptions("a=1 a=2").value("a"), "2");
  EXPECT_EQ(lib::BootOptions("a=1 a=").value("a"), "");
}

TEST(BootOptions, flag_is_a_word_of_its_own) {
  const lib::BootOptions options("quiet vmstat=1");
  EXPECT_TRUE(options.flag("quiet"));
  EXPECT_FALSE(options.flag("vmstat"));
}

TEST(BootOptions, words_behind_two_dashes_are_the_programs) {
  const lib::BootOptions options("quiet -- --pages 64 loglevel=7");
  EXPECT_FALSE(options.value("loglevel").has_value());
  EXPECT_EQ(words_of(options.program_arguments()),
            (std::vector<std::string>{"--pages", "64", "loglevel=7"}));
}

TEST(BootOptions, quotes_keep_blanks_together) {
  const lib::BootOptions options("-- \"a b\" c\"d e\"f  \"\"");
  EXPECT_EQ(words_of(options.program_arguments()), (std::vector<std::string>{"a b", "cd ef", ""}));
}

TEST(BootOptions, open_quote_ends_with_the_line) {
  EXPECT_EQ(words_of(lib::BootOptions("-- \"a b").program_arguments()),
            (std::vector<std::string>{"a b"}));
}

TEST(BootOptions, empty_line_has_nothing) {
  const lib::BootOptions options("");
  EXPECT_FALSE(options.flag(""));
  EXPECT_TRUE(words_of(options.program_arguments()).empty());
}

}  // namespace
