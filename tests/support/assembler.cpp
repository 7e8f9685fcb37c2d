// SPDX-License-Identifier: Apache-2.0
#include "tests/support/assembler.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace faultline {

namespace {

namespace fs = std::filesystem;

/// A directory of its own for each call, removed afterwards.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (fs::temp_directory_path() / "faultline-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory");
    path_ = name;
  }
  ~ScratchDirectory() { fs::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void command(const ScratchDirectory& scratch, const std::string& line) {
  const std::string log = scratch.file("log");
  if (std::system((line + " >" + log + " 2>&1").c_str()) != 0) {
    throw std::runtime_error(line + ":\n" + read_file(log));
  }
}

}  // namespace

std::vector<std::uint8_t> assemble(const std::string& text, std::uint64_t address) {
  const ScratchDirectory scratch;
  std::ofstream(scratch.file("in.s")) << text << '\n';
  std::ostringstream base;
  base << "0x" << std::hex << address;
  const std::string prefix = "riscv64-linux-gnu-";
  command(scratch, prefix + "as -march=rv64imafdc_zicsr_zifencei -mabi=lp64d -o " +
                       scratch.file("out.o") + " " + scratch.file("in.s"));
  command(scratch, prefix + "ld --no-relax -e 0 -Ttext=" + base.str() + " -o " +
                       scratch.file("out.elf") + " " + scratch.file("out.o"));
  command(scratch, prefix + "objcopy -O binary -j .text " + scratch.file("out.elf") + " " +
                       scratch.file("out.bin"));
  const std::string code = read_file(scratch.file("out.bin"));
  return {code.begin(), code.end()};
}

std::uint32_t assemble_one(const std::string& text) {
  const bool compressed = text.starts_with("c.");
  const std::vector<std::uint8_t> code = assemble((compressed ? "" : ".option norvc\n") + text, 0);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < code.size() && i < 4; ++i) bits |= std::uint32_t{code[i]} << (8 * i);
  return bits;
}

}  // namespace faultline
