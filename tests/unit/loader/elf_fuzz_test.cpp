// SPDX-License-Identifier: Apache-2.0
// Damaged executables: whatever bytes a file has, it is either loaded into memory or refused;
// nothing is written outside of memory. Run under the sanitizers, too.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "platform/loader/symbol_table.h"
#include "tests/unit/loader/elf_builder.h"

namespace faultline::test {
namespace {

constexpr std::uint64_t kSeed = 20'240'611;
constexpr unsigned kFiles = 20'000;
constexpr std::size_t kFence = 4'096;
constexpr std::size_t kMemory = 8'192;

ElfBuilder program_with_everything() {
  ElfBuilder elf = small_program();
  elf.segments.push_back({.address = 0x8000'0100, .bytes = std::vector<unsigned char>(40, 7)});
  elf.symbols.push_back({"_ZN2mm10page_table4walkEPKvm", 0x8000'0008, 4});
  elf.symbols.push_back({"label", 0x8000'0030, 0, STT_NOTYPE});
  return elf;
}

/// Interesting values as well as random ones, in units of 1, 2, 4 and 8 bytes.
void damage(std::vector<unsigned char>& file, std::mt19937_64& random) {
  constexpr std::array<std::uint64_t, 8> kNasty = {0,
                                                   1,
                                                   0x7fff'ffff,
                                                   0x8000'0000,
                                                   0xffff'ffff,
                                                   ~std::uint64_t{0},
                                                   std::uint64_t{1} << 63,
                                                   0x8000'1fff};
  const std::uint64_t changes = 1 + random() % 4;
  for (std::uint64_t i = 0; i < changes; ++i) {
    const std::size_t width = std::size_t{1} << random() % 4;
    const std::size_t place = random() % file.size() / width * width;
    const std::uint64_t value = random() % 2 == 0 ? kNasty[random() % kNasty.size()] : random();
    for (std::size_t b = 0; b < width && place + b < file.size(); ++b) {
      file[place + b] = static_cast<unsigned char>(value >> (8 * b));
    }
  }
  if (random() % 8 == 0) file.resize(random() % (file.size() + 1));
}

TEST(elf_fuzz, damaged_files_are_refused_or_loaded_inside_memory) {
  const std::vector<unsigned char> good = program_with_everything().build();
  std::mt19937_64 random(kSeed);
  std::vector<unsigned char> host(kFence + kMemory + kFence, 0x5a);
  const DirectMemory memory{PhysAddr{0x8000'0000}, kMemory, host.data() + kFence};
  unsigned loaded = 0;
  unsigned refused = 0;
  for (unsigned i = 0; i < kFiles; ++i) {
    std::vector<unsigned char> file = good;
    damage(file, random);
    try {
      const ElfImage image("fuzz.elf", file);
      image.load(memory);
      const SymbolTable table(image);
      for (const FunctionSymbol& f : table.functions()) ASSERT_LE(f.begin, f.end);
      ++loaded;
    } catch (const LoadError& error) {
      ASSERT_NE(std::string(error.what()).find("fuzz.elf"), std::string::npos);
      ++refused;
    }
  }
  const auto untouched = [](unsigned char byte) { return byte == 0x5a; };
  EXPECT_TRUE(std::all_of(host.begin(), host.begin() + kFence, untouched)) << "seed " << kSeed;
  EXPECT_TRUE(std::all_of(host.end() - kFence, host.end(), untouched)) << "seed " << kSeed;
  EXPECT_GT(loaded, 1'000U);
  EXPECT_GT(refused, 1'000U);
}

}  // namespace
}  // namespace faultline::test
