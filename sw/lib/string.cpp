// SPDX-License-Identifier: Apache-2.0
// The functions that the compiler itself calls in freestanding code, with the C library's names and
// contracts. memset and memcpy move doublewords, 32 and 16 per iteration, as Linux's on RISC-V do,
// so that zeroing and copying a page is the same stream of accesses.

#include <cstddef>
#include <cstdint>

namespace {

using Doubleword [[gnu::may_alias]] = std::uint64_t;
using Word [[gnu::may_alias]] = std::uint32_t;

constexpr std::size_t kDoubleword = sizeof(Doubleword);
constexpr std::size_t kWord = sizeof(Word);

bool aligned(const void* p, std::size_t unit) {
  return reinterpret_cast<std::uintptr_t>(p) % unit == 0;
}

/// Copies as much as can be copied in aligned units, 16 per iteration; source and destination are
/// equally far from a unit's boundary. Afterwards `to`, `from` and `size` say what is left.
template <typename Unit>
inline void copy_units(unsigned char*& to, const unsigned char*& from, std::size_t& size) {
  constexpr std::size_t kUnit = sizeof(Unit);
  constexpr std::size_t kPerIteration = 16;
  for (; size > 0 && !aligned(to, kUnit); --size) *to++ = *from++;
  for (; size >= kPerIteration * kUnit; size -= kPerIteration * kUnit) {
    Unit block[kPerIteration];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kPerIteration; ++i) {
      block[i] = reinterpret_cast<const Unit*>(from)[i];
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kPerIteration; ++i) {
      reinterpret_cast<Unit*>(to)[i] = block[i];
    }
    to += kPerIteration * kUnit;
    from += kPerIteration * kUnit;
  }
  for (; size >= kUnit; size -= kUnit, to += kUnit, from += kUnit) {
    *reinterpret_cast<Unit*>(to) = *reinterpret_cast<const Unit*>(from);
  }
}

}  // namespace

extern "C" {

void* memset(void* destination, int value, std::size_t size) {
  auto* at = static_cast<unsigned char*>(destination);
  const auto byte = static_cast<unsigned char>(value);
  for (; size > 0 && !aligned(at, kDoubleword); --size) *at++ = byte;
  const std::uint64_t pattern = byte * 0x0101010101010101ull;
  constexpr std::size_t kPerIteration = 32;
  for (; size >= kPerIteration * kDoubleword; size -= kPerIteration * kDoubleword) {
    auto* const to = reinterpret_cast<Doubleword*>(at);
#pragma GCC unroll 32
    for (std::size_t i = 0; i < kPerIteration; ++i) to[i] = pattern;
    at += kPerIteration * kDoubleword;
  }
  for (; size >= kDoubleword; size -= kDoubleword, at += kDoubleword) {
    *reinterpret_cast<Doubleword*>(at) = pattern;
  }
  for (; size > 0; --size) *at++ = byte;
  return destination;
}

void* memcpy(void* __restrict destination, const void* __restrict source, std::size_t size) {
  auto* to = static_cast<unsigned char*>(destination);
  const auto* from = static_cast<const unsigned char*>(source);
  const auto offset = reinterpret_cast<std::uintptr_t>(to) ^ reinterpret_cast<std::uintptr_t>(from);
  if (offset % kDoubleword == 0) {
    copy_units<Doubleword>(to, from, size);
  } else if (offset % kWord == 0) {
    copy_units<Word>(to, from, size);
  }
  for (; size > 0; --size) *to++ = *from++;
  return destination;
}

void* memmove(void* destination, const void* source, std::size_t size) {
  auto* const to = static_cast<unsigned char*>(destination);
  const auto* const from = static_cast<const unsigned char*>(source);
  if (to < from) {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  } else {
    for (std::size_t i = size; i > 0; --i) to[i - 1] = from[i - 1];
  }
  return destination;
}

int memcmp(const void* left, const void* right, std::size_t size) {
  const auto* const a = static_cast<const unsigned char*>(left);
  const auto* const b = static_cast<const unsigned char*>(right);
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

void* memchr(const void* memory, int value, std::size_t size) {
  const auto* const at = static_cast<const unsigned char*>(memory);
  for (std::size_t i = 0; i < size; ++i) {
    if (at[i] == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(at + i);
  }
  return nullptr;
}

std::size_t strlen(const char* text) {
  std::size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

}  // extern "C"
