// SPDX-License-Identifier: Apache-2.0
// Makes one bad access of a chosen kind, which ends the program with a signal: status 128 + 11
// (SIGSEGV), or 128 + 7 (SIGBUS) for the page beyond the end of a file. Coming back from it is a
// failure.

#include "sw/programs/memory.h"
#include "sw/programs/options.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: segv [--kind null|readonly|hole|kernel|code|data|eof]\n"
    "  null      stores to address 0\n"
    "  readonly  stores to a page that is mapped for reading\n"
    "  hole      loads from an address where nothing is mapped\n"
    "  kernel    loads from the kernel's linear map\n"
    "  code      stores to the program's own code\n"
    "  data      jumps to a page that is not executable\n"
    "  eof       loads from a page beyond the end of a mapped file (SIGBUS)\n";

enum class Kind { kNull, kReadOnly, kHole, kKernel, kCode, kData, kEof };

void store(std::uintptr_t address) {
  *reinterpret_cast<volatile std::uint64_t*>(address) = 1;
}

void load(std::uintptr_t address) {
  static_cast<void>(*reinterpret_cast<volatile std::uint64_t*>(address));
}

std::uintptr_t address_of(const Pages& pages) {
  return reinterpret_cast<std::uintptr_t>(pages.base);
}

std::uintptr_t page_with(int protection) {
  const Pages page = map_pages(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  page.word(0) = 0;
  if (mprotect(page.base, kPageSize, protection) != 0) die("mprotect");
  return address_of(page);
}

std::uintptr_t page_beyond_end(const char* path) {
  const int fd = open_file(path);
  const off_t size = lseek(fd, 0, SEEK_END);
  const std::size_t pages = (static_cast<std::size_t>(size) + kPageSize - 1) / kPageSize;
  return address_of(map_pages(pages + 1, PROT_READ, MAP_PRIVATE, fd)) + pages * kPageSize;
}

void access(Kind kind, const char* self) {
  constexpr std::uintptr_t kHoleAddress = 0x2000000000;
  constexpr std::uintptr_t kKernelAddress = 0xffffffd800000000;
  switch (kind) {
    case Kind::kNull:
      return store(0);
    case Kind::kReadOnly:
      return store(page_with(PROT_READ));
    case Kind::kHole:
      return load(kHoleAddress);
    case Kind::kKernel:
      return load(kKernelAddress);
    case Kind::kCode:
      return store(reinterpret_cast<std::uintptr_t>(&store) & ~std::uintptr_t{7});
    case Kind::kData:
      return reinterpret_cast<void (*)()>(page_with(PROT_READ | PROT_WRITE))();
    case Kind::kEof:
      return load(page_beyond_end(self));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"kind"}, kUsage);
  access(static_cast<Kind>(
             options.choice("kind", {"null", "readonly", "hole", "kernel", "code", "data", "eof"})),
         argv[0]);
  std::puts("segv: the access went through: FAILED");
  return 1;
}
