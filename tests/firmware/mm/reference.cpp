// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/mm/reference.h"

#include <cstring>

namespace faultline::test {

Words words_at(const void* bytes) {
  Words words{};
  for (unsigned i = 0; i < kWords; ++i) {
    std::memcpy(&words[i], static_cast<const unsigned char*>(bytes) + i * kWordStride, 8);
  }
  return words;
}

std::shared_ptr<Words> RefFile::page(std::uint64_t pgoff) {
  auto& words = words_[pgoff];
  if (words == nullptr) {
    words = std::make_shared<Words>();
    for (unsigned i = 0; i < kWords; ++i) {
      (*words)[i] = DiskFile::word(first_block_ + pgoff, i * kWordStride / 8);
    }
  }
  return words;
}

RefSpace RefSpace::fork() const {
  RefSpace child = *this;
  for (RefPage& p : child.pages_) {
    if (!p.shared && p.words != nullptr) {
      p.words = std::make_shared<Words>(*p.words);
    }
  }
  return child;
}

Words RefSpace::load(const RefPage& p) const {
  if (p.words != nullptr) {
    return *p.words;
  }
  return p.is_file ? *file_.page(p.pgoff) : Words{};
}

void RefSpace::store(RefPage& p, unsigned word, std::uint64_t value) const {
  if (p.words == nullptr) {
    p.words = std::make_shared<Words>(load(p));
  }
  (*p.words)[word] = value;
}

void RefSpace::map(unsigned start, unsigned n, unsigned prot, bool shared, bool is_file,
                   std::uint64_t pgoff) {
  for (unsigned i = 0; i < n; ++i) {
    RefPage& p = pages_[start + i];
    p = {.mapped = true,
         .prot = prot,
         .shared = shared,
         .is_file = is_file,
         .pgoff = pgoff + i,
         .words = nullptr};
    if (shared) {
      p.words = is_file ? file_.page(p.pgoff) : std::make_shared<Words>();
    }
  }
}

void RefSpace::unmap(unsigned start, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    pages_[start + i] = {};
  }
}

void RefSpace::move(unsigned from, unsigned to, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    pages_[to + i] = std::move(pages_[from + i]);
    pages_[from + i] = {};
  }
}

void RefSpace::forget(unsigned start, unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    RefPage& p = pages_[start + i];
    if (!p.shared) {
      p.words = nullptr;
    }
  }
}

}  // namespace faultline::test
