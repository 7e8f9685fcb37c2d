// SPDX-License-Identifier: Apache-2.0
// Random sequences of system calls and accesses against a reference that keeps, for every page,
// only what a user can see: its permissions and its words. The hart's TLB makes missing fences
// show.

#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kPage = PAGE_SIZE;
// 320 pages over the end of a 1 GiB block, and with it of a 2 MiB block.
constexpr std::uintptr_t kBase = 0x10'0000'0000 - 160 * kPage;
constexpr unsigned kPages = 320;
constexpr unsigned kWords = 4;       // words looked at in a page, 1000 bytes apart
constexpr unsigned kFilePages = 48;  // mappings reach beyond the end

using Words = std::array<std::uint64_t, kWords>;

// What stands behind a page: nothing shared, or page `index` of a shared object.
struct RefPage {
  bool mapped = false;
  unsigned prot = 0;
  bool is_file = false;          // loads start from the file's content
  std::uint64_t pgoff = 0;       // in the file
  std::shared_ptr<Words> words;  // private pages: null until stored to; shared: always there
};

class Reference {
 public:
  std::array<RefPage, kPages> pages;
  std::map<std::uint64_t, std::shared_ptr<Words>> file_pages;  // content of the shared file

  [[nodiscard]] std::shared_ptr<Words> file_page(std::uint64_t pgoff) {
    auto& words = file_pages[pgoff];
    if (words == nullptr) {
      words = std::make_shared<Words>(original(pgoff));
    }
    return words;
  }
  [[nodiscard]] static Words original(std::uint64_t pgoff) {
    Words words{};
    for (unsigned i = 0; i < kWords; ++i) {
      words[i] = TestFile::word(1, pgoff * kPage + i * 1000);
    }
    return words;
  }
  [[nodiscard]] std::uint64_t load(const RefPage& p, unsigned word) {
    if (p.words != nullptr) {
      return (*p.words)[word];
    }
    return p.is_file ? (*file_page(p.pgoff))[word] : 0;
  }
};

class Fuzz {
 public:
  Fuzz(Machine& machine, TestFile& f, std::uint64_t seed)
      : file_(f), process_(machine), hart_(process_.hart()), mm_(process_.mm()), random_(seed) {}

  void step() {
    switch (random_() % 32) {
      case 0:
      case 1:
        map();
        break;
      case 2:
        unmap();
        break;
      case 3:
      case 4:
        protect();
        break;
      case 5:
        clear_flags();
        break;
      default:
        access();
    }
  }

  /// Everything that can be known from outside agrees with the reference.
  void check() {
    check_vmas();
    check_ptes();
  }

  [[nodiscard]] Reference& reference() { return reference_; }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

  // A range of a few pages, now and then of many.
  std::pair<unsigned, unsigned> range() {
    const unsigned start = pick(kPages);
    const unsigned length = 1 + (pick(8) == 0 ? pick(kPages) : pick(24));
    return {start, std::min(length, kPages - start)};
  }
  unsigned random_prot() { return pick(8) == 0 ? PROT_NONE : pick(8); }

  void map() {
    const auto [start, n] = range();
    const unsigned prot = random_prot();
    const bool is_shared = pick(3) == 0;
    const bool is_file = pick(2) == 0;
    const std::uint64_t pgoff = is_file ? pick(kFilePages) : 0;
    const unsigned flags = (is_shared ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED |
                           (is_file ? 0u : MAP_ANONYMOUS) | (pick(8) == 0 ? MAP_LOCKED : 0u);
    ASSERT_EQ(do_mmap(mm_, is_file ? &file_ : nullptr, kBase + start * kPage, n * kPage, prot,
                      flags, pgoff * kPage),
              static_cast<std::int64_t>(kBase + start * kPage));
    for (unsigned i = 0; i < n; ++i) {
      RefPage& p = reference_.pages[start + i];
      p = {.mapped = true, .prot = prot, .is_file = is_file, .pgoff = pgoff + i, .words = nullptr};
      if (is_shared) {
        p.words = is_file ? reference_.file_page(p.pgoff) : std::make_shared<Words>();
      }
    }
  }

  void unmap() {
    const auto [start, n] = range();
    ASSERT_EQ(do_munmap(mm_, kBase + start * kPage, n * kPage), 0);
    for (unsigned i = 0; i < n; ++i) {
      reference_.pages[start + i] = {};
    }
  }

  void protect() {
    const auto [start, n] = range();
    const unsigned prot = random_prot();
    unsigned reached = 0;
    while (reached < n && reference_.pages[start + reached].mapped) {
      reference_.pages[start + reached++].prot = prot;
    }
    ASSERT_EQ(do_mprotect(mm_, kBase + start * kPage, n * kPage, prot),
              reached == n ? 0 : -MM_ENOMEM);
  }

  // What reclaim does: the page looks old (and, where its content is safe elsewhere, clean) from
  // now on.
  void clear_flags() {
    const std::uintptr_t va = kBase + pick(kPages) * kPage;
    pte_t* entry = walk_to_pte(mm_, va);
    if (entry != nullptr && pte_present(ptep_get(entry))) {
      *entry = pte_mkold(*entry);
      hart_.forget(va);
    }
  }

  void access() {
    const unsigned index = pick(kPages);
    const unsigned word = pick(kWords);
    RefPage& p = reference_.pages[index];
    const std::uintptr_t va = kBase + index * kPage + word * 1000;
    std::uint64_t value = random_();
    const unsigned kind = pick(5);
    fault_outcome outcome = {};
    unsigned needed = 0;
    if (kind < 2) {
      needed = PROT_READ | PROT_WRITE;  // either will do
      outcome = hart_.load(va, value);
    } else if (kind < 4) {
      needed = PROT_WRITE;
      outcome = hart_.store(va, value);
    } else {
      needed = PROT_EXEC;
      outcome = hart_.fetch(va, value);
    }
    if (!p.mapped || (p.prot & needed) == 0) {
      ASSERT_EQ(outcome.signal, SIGNAL_SEGV);
      ASSERT_EQ(outcome.code, p.mapped ? CODE_SEGV_ACCERR : CODE_SEGV_MAPERR);
      return;
    }
    const bool is_private_copy = p.words != nullptr && !is_shared(p);
    if (p.is_file && p.pgoff >= kFilePages && !is_private_copy) {
      ASSERT_EQ(outcome.signal, SIGNAL_BUS);
      return;
    }
    ASSERT_EQ(outcome.signal, SIGNAL_NONE);
    if (needed != PROT_WRITE) {
      ASSERT_EQ(value, reference_.load(p, word)) << "page " << index;
      return;
    }
    if (p.words == nullptr) {
      p.words = std::make_shared<Words>(p.is_file ? *reference_.file_page(p.pgoff) : Words{});
    }
    (*p.words)[word] = value;
  }

  [[nodiscard]] bool is_shared(const RefPage& p) const {
    const auto it = reference_.file_pages.find(p.pgoff);
    return p.is_file && it != reference_.file_pages.end() && it->second == p.words;
  }

  void check_vmas() {
    std::uint64_t total = 0;
    std::uintptr_t end = 0;
    unsigned count = 0;
    for (const vm_area_struct* vma = mm_.mmap; vma != nullptr; vma = vma->vm_next, ++count) {
      ASSERT_LT(vma->vm_start, vma->vm_end);
      ASSERT_GE(vma->vm_start, end);
      end = vma->vm_end;
      total += (vma->vm_end - vma->vm_start) / kPage;
    }
    ASSERT_EQ(count, mm_.map_count);
    ASSERT_EQ(total, mm_.total_vm);
    for (unsigned i = 0; i < kPages; ++i) {
      const std::uintptr_t va = kBase + i * kPage;
      const RefPage& p = reference_.pages[i];
      const vm_area_struct* vma = find_vma(mm_, va);
      const bool mapped = vma != nullptr && vma->vm_start <= va;
      ASSERT_EQ(mapped, p.mapped);
      if (mapped) {
        ASSERT_EQ(vma->vm_flags & VM_ACCESS_FLAGS, p.prot);
      }
    }
  }

  // Each pte leads to a frame whose record leads back; nothing is shared that must not be.
  void check_ptes() {
    std::array<std::int64_t, NR_MM_COUNTERS> rss{};
    std::map<page*, int> mapped;
    for (unsigned i = 0; i < kPages; ++i) {
      const std::uintptr_t va = kBase + i * kPage;
      const pte_t pte = {process_.pte(va)};
      if (pte_none(pte)) {
        continue;
      }
      ASSERT_TRUE(reference_.pages[i].mapped);
      ASSERT_TRUE(pte_present(pte));
      page* p = vm_normal_page(pte);
      if (p == nullptr) {
        ASSERT_EQ(pte_pfn(pte), zero_pfn());
        ASSERT_FALSE(pte_write(pte));
        continue;
      }
      ++mapped[p];
      const bool is_shmem = !PageAnon(*p) && (p->flags & PG_swapbacked) != 0;
      ++rss[PageAnon(*p) ? MM_ANONPAGES : is_shmem ? MM_SHMEMPAGES : MM_FILEPAGES];
      if (PageAnon(*p)) {
        ASSERT_EQ(page_mapcount(*p), 1);
        ASSERT_TRUE(PageAnonExclusive(*p));
      } else if (pte_write(pte)) {
        ASSERT_NE(find_vma(mm_, va)->vm_flags & VM_SHARED, 0u);
      }
    }
    for (const auto& [p, count] : mapped) {
      ASSERT_EQ(page_mapcount(*p), count);
      int found = 0;
      rmap_walk(*p, [&](vm_area_struct&, std::uintptr_t, pte_t*) { ++found; });
      ASSERT_EQ(found, count);
      const int cache = PageAnon(*p) ? 0 : 1;
      const int batch = (p->flags & PG_lru) != 0 ? 0 : 1;
      ASSERT_EQ(p->refcount, count + cache + batch);
    }
    for (unsigned i = 0; i < NR_MM_COUNTERS; ++i) {
      ASSERT_EQ(mm_.rss_stat[i], rss[i]) << i;
    }
  }

  TestFile& file_;
  Process process_;
  Hart& hart_;
  mm_struct& mm_;
  std::mt19937_64 random_;
  Reference reference_;
};

struct Random : ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Random, sequences_agree_with_the_reference_and_leave_no_frame_behind) {
  std::cout << "seed " << GetParam() << '\n';
  Machine machine(16u << 20, GetParam() % 2 == 0 ? 65536 : 8192);
  TestFile f(1, kFilePages);
  f.writable = true;
  const std::uint64_t free_before = Machine::settled_free_pages();
  const std::uint64_t objects_before = nr_slab().objects;
  std::map<std::uint64_t, std::shared_ptr<Words>> file_pages;
  for (unsigned round = 0; round < 4; ++round) {
    {
      Fuzz fuzz(machine, f, GetParam() * 100 + round);
      fuzz.reference().file_pages = file_pages;
      for (unsigned i = 0; i < 6000; ++i) {
        ASSERT_NO_FATAL_FAILURE(fuzz.step()) << "round " << round << " step " << i;
        if (i % 100 == 0) {
          ASSERT_NO_FATAL_FAILURE(fuzz.check()) << "round " << round << " step " << i;
        }
      }
      file_pages = fuzz.reference().file_pages;
    }
    ASSERT_EQ(Machine::settled_free_pages(), free_before) << "a frame was lost or returned twice";
    ASSERT_EQ(nr_slab().objects, objects_before);
    ASSERT_EQ(node_lruvec.nr_pages[LRU_INACTIVE_ANON], 0u);
    ASSERT_EQ(node_lruvec.nr_pages[LRU_UNEVICTABLE], 0u);
  }
}

TEST(RandomExhaustion, every_refusal_leaves_the_books_balanced) {
  constexpr std::uint64_t kSeed = 5;
  std::cout << "seed " << kSeed << '\n';
  std::mt19937_64 random(kSeed);
  Machine machine(4u << 20);
  TestFile f(1, kFilePages, TestFile::Cached::None);
  f.writable = true;
  const std::uint64_t free_before = Machine::settled_free_pages();
  const std::uint64_t objects_before = nr_slab().objects;
  unsigned refused = 0;
  {
    Process process(machine);
    mm_struct& mm = process.mm();
    process.map_anon(kBase, 4096);
    for (unsigned i = 0; i < 40000; ++i) {
      const std::uintptr_t va = kBase + random() % 4096 * kPage;
      const std::uint64_t length = (1 + random() % 64) * kPage;
      const bool is_file = random() % 4 == 0;
      const unsigned flags = MAP_FIXED | (random() % 2 == 0 ? MAP_SHARED : MAP_PRIVATE) |
                             (is_file ? 0u : MAP_ANONYMOUS);
      std::int64_t result = 0;
      switch (random() % 400) {
        case 0:
        case 1:
        case 2:
          result =
              do_mmap(mm, is_file ? &f : nullptr, va, length, PROT_READ | PROT_WRITE, flags, 0);
          break;
        case 3:
          result = do_munmap(mm, va, length);
          break;
        case 4:
          result = do_mprotect(mm, va, length, random() % 2 == 0 ? PROT_READ : PROT_WRITE);
          break;
        case 5:
          if (random() % 32 == 0) {
            process.map_anon(kBase, 4096);  // gives all private pages back
          }
          break;
        default:
          result = process.hart().store(va, i).signal == SIGNAL_KILL ? -MM_ENOMEM : 0;
      }
      refused += result == -MM_ENOMEM ? 1 : 0;
    }
    EXPECT_GT(vm_event_total(FAULT_OOM), 100u) << "of " << refused << " refusals";
  }
  truncate_inode_pages(*f.f_mapping);
  EXPECT_EQ(Machine::settled_free_pages(), free_before);
  EXPECT_EQ(nr_slab().objects, objects_before);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Random, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace faultline::test
