// SPDX-License-Identifier: Apache-2.0
// What ordinary C++ programs ask of memory: strings, vectors that grow, ordered and hashed maps,
// streams, and exceptions thrown through several frames with destructors on the way. malloc's many
// small blocks, its brk and mmap, and the unwinder's reading of the executable's own tables. Checks
// every result against one got in another way.

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "sw/programs/marker.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: containers [--items N] [--seed S]\n"
    "Puts N items (2000) through maps, strings, vectors, streams and exceptions. The region of\n"
    "interest is all of it.\n";

/// A word of 1 to 40 letters: shorter and longer than what a std::string holds without malloc.
std::string random_word(Random& random) {
  std::string word(1 + random.next() % 40, ' ');
  for (char& letter : word) letter = static_cast<char>('a' + random.next() % 26);
  return word;
}

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

/// Counts words by an ordered and by a hashed map, and by sorting: all must agree.
void count_words(std::size_t items, Random& random) {
  std::vector<std::string> words;
  std::map<std::string, std::size_t> ordered;
  std::unordered_map<std::string, std::size_t> hashed;
  for (std::size_t i = 0; i < items; ++i) {
    words.push_back(i % 3 == 2 ? words[random.next() % words.size()] : random_word(random));
    ++ordered[words.back()];
    ++hashed[words.back()];
  }
  std::ranges::sort(words);
  auto at = words.begin();
  for (const auto& [word, count] : ordered) {
    const auto next = std::upper_bound(at, words.end(), word);
    require(*at == word && static_cast<std::size_t>(next - at) == count, "map and sort differ");
    require(hashed.at(word) == count, "the two maps differ");
    at = next;
  }
  require(at == words.end() && ordered.size() == hashed.size(), "a map has lost words");
}

/// Prints numbers into a stream and reads them back.
void format_and_parse(std::size_t items, Random& random) {
  std::ostringstream out;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < items; ++i) {
    const std::uint64_t number = random.next() >> random.next() % 64;
    sum += number;
    out << number << (i % 8 == 7 ? '\n' : ' ');
  }
  std::istringstream in(out.str());
  for (std::uint64_t number = 0; in >> number;) sum -= number;
  require(sum == 0 && in.eof(), "numbers read differ from those printed");
}

/// Calls itself `depth` times and throws `value`, with something to destroy in each frame.
[[gnu::noinline]] void throw_from(std::size_t depth, std::uint64_t value,
                                  const std::shared_ptr<std::size_t>& destroyed) {
  const std::shared_ptr<std::size_t> guard(destroyed.get(), [](std::size_t* count) { ++*count; });
  if (depth == 0) throw std::runtime_error(std::to_string(value));
  throw_from(depth - 1, value, destroyed);
}

void throw_and_catch(std::size_t items, Random& random) {
  constexpr std::size_t kDepth = 8;
  const auto destroyed = std::make_shared<std::size_t>(0);
  for (std::size_t i = 0; i < items; ++i) {
    const std::uint64_t value = random.next();
    try {
      throw_from(kDepth, value, destroyed);
    } catch (const std::runtime_error& error) {
      require(error.what() == std::to_string(value), "another exception was caught");
    }
  }
  require(*destroyed == items * (kDepth + 1), "a frame was not destroyed");
}

/// Blocks of all sizes, freed and reallocated in random order: each keeps its content.
void allocate_and_free(std::size_t items, Random& random) {
  constexpr std::size_t kLargest = 256 << 10;  // beyond malloc's threshold for mmap (128 KiB)
  std::vector<std::vector<std::uint8_t>> blocks(64);
  for (std::size_t i = 0; i < items; ++i) {
    std::vector<std::uint8_t>& block = blocks[random.next() % blocks.size()];
    const auto wrong = [&](std::uint8_t byte) { return byte != (block.size() & 0xff); };
    require(std::ranges::none_of(block, wrong), "a block has changed");
    const std::size_t size = random.next() % (kLargest >> random.next() % 18) + 1;
    block = std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(size));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"items", "seed"}, kUsage);
  const std::size_t items = options.number("items", 2000, 1, 1u << 30);
  Random random(options.number("seed", 1, 0, ~std::uint64_t{0}));
  std::string problem;

  marker::region_begins();
  try {
    count_words(items, random);
    format_and_parse(items, random);
    throw_and_catch(items / 10, random);
    allocate_and_free(items / 10, random);
  } catch (const std::exception& error) {
    problem = error.what();
  }
  marker::region_ends();

  std::cout << "containers: " << items
            << " items: " << (problem.empty() ? "passed" : problem + ": FAILED") << '\n';
  return problem.empty() ? 0 : 1;
}
