// SPDX-License-Identifier: Apache-2.0
// Many processes that need more memory than there is: random system calls, forks, exits, accesses
// and evictions, with swap on one device and a file on another. All is compared with a reference,
// and after each round every page table, count and swap slot is audited.
//
// The tasks interleave at every place where the core sleeps, as they would on one hart.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <random>
#include <vector>

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmscan.h"
#include "tests/firmware/mm/audit.h"
#include "tests/firmware/mm/disk.h"
#include "tests/firmware/mm/disk_file.h"
#include "tests/firmware/mm/machine.h"
#include "tests/firmware/mm/reference.h"
#include "tests/firmware/mm/tasks.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uint64_t kFileBlock = 3;
constexpr std::uint64_t kFilePages = 64;  // mappings reach beyond the end
constexpr std::size_t kMostProcesses = 6;

/// How one run is dimensioned.
struct Scenario {
  const char* name;
  std::uint64_t seed;
  std::uint64_t ram_bytes;
  unsigned pages;  ///< of each process
  unsigned tasks;  ///< that run in between each other
  thp_mode huge;
};

// A process, what it should contain, and whether a task is at work in it.
struct Subject {
  Process process;
  RefSpace reference;
  bool busy = false;

  Subject(Machine& machine, RefFile& file, unsigned pages)
      : process(machine), reference(file, pages) {}
  Subject(Machine& machine, Subject& parent)
      : process(machine, parent.process), reference(parent.reference.fork()) {}
};

// Holds mmap_lock as the system calls do.
class WriteGuard {
 public:
  explicit WriteGuard(mm_struct& mm) : mm_(mm) { mm_.mmap_lock.write_lock(); }
  ~WriteGuard() { mm_.mmap_lock.write_unlock(); }
  WriteGuard(const WriteGuard&) = delete;
  WriteGuard& operator=(const WriteGuard&) = delete;

 private:
  mm_struct& mm_;
};

class World {
 public:
  World(Machine& machine, DiskFile& file, const Scenario& scenario)
      : machine_(machine),
        file_(file),
        scenario_(scenario),
        ref_file_(kFileBlock, kFilePages),
        random_(scenario.seed) {
    subjects_.push_back(std::make_unique<Subject>(machine_, ref_file_, scenario_.pages));
  }

  /// Lets the tasks make `steps` random steps each.
  void round(unsigned steps) {
    Tasks tasks(machine_, random_());
    for (unsigned t = 0; t < scenario_.tasks; ++t) {
      tasks.add([&] {
        for (unsigned i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
          step();
          tasks.yield();
        }
      });
    }
    tasks.run();
  }

  void audit(Disk& swap) {
    Audit audit(swap);
    for (const auto& subject : subjects_) {
      ASSERT_NO_FATAL_FAILURE(audit.add(subject->process, subject->reference, kBase));
    }
    ASSERT_NO_FATAL_FAILURE(audit.check_pages());
    ASSERT_NO_FATAL_FAILURE(audit.check_swap());
  }

  /// Reads every page of every process as the process would.
  void read_all() {
    for (const auto& subject : subjects_) {
      for (unsigned i = 0; i < scenario_.pages; ++i) {
        const RefPage& p = subject->reference.page(i);
        if (!p.mapped || (p.prot & (PROT_READ | PROT_WRITE)) == 0 ||
            subject->reference.is_beyond_file(p)) {
          continue;
        }
        for (unsigned w = 0; w < kWords; ++w) {
          ASSERT_EQ(subject->process.hart().get(kBase + i * kPage + w * kWordStride),
                    subject->reference.load(p)[w])
              << "page " << i;
        }
      }
    }
  }
  void check_file(Disk& disk) {
    for (std::uint64_t i = 0; i < kFilePages; ++i) {
      ASSERT_EQ(words_at(disk.page_bytes(kFileBlock + i)), *ref_file_.page(i)) << "page " << i;
    }
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  struct Range {
    unsigned start;
    unsigned n;
    [[nodiscard]] std::uintptr_t va() const { return kBase + start * kPage; }
    [[nodiscard]] std::uint64_t bytes() const { return n * kPage; }
  };
  // A range of a few pages, now and then of many.
  Range range() {
    const unsigned start = pick(scenario_.pages);
    const unsigned length = 1 + (pick(6) == 0 ? pick(scenario_.pages) : pick(32));
    return {start, std::min(length, scenario_.pages - start)};
  }

  void step() {
    Subject* subject = subjects_[pick(static_cast<unsigned>(subjects_.size()))].get();
    if (subject->busy) {
      return;
    }
    subject->busy = true;
    act(subject);
    if (subject != nullptr) {
      subject->busy = false;
    }
  }

  void act(Subject*& subject) {
    switch (pick(64)) {
      case 0:
      case 1:
        return map(*subject);
      case 2:
        return unmap(*subject);
      case 3:
      case 4:
        return protect(*subject);
      case 5:
        return move(*subject);
      case 6:
        return advise(*subject);
      case 7:
        return fork(*subject);
      case 8:
        return exit(subject);
      case 9:
        shrink_all_memory(1 + pick(64));
        return;
      case 10:
        EXPECT_EQ(sync_mappings(), 0);
        return;
      default:
        for (unsigned i = pick(12); i > 0 && !::testing::Test::HasFailure(); --i) {
          access(*subject);
        }
    }
  }

  void map(Subject& subject) {
    const Range r = range();
    const unsigned prot = pick(8) == 0   ? PROT_NONE
                          : pick(4) == 0 ? pick(8)
                                         : PROT_READ | PROT_WRITE;
    const bool shared = pick(3) == 0;
    const bool is_file = pick(3) == 0;
    const std::uint64_t pgoff = is_file ? pick(kFilePages) : 0;
    const unsigned flags = (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED |
                           (is_file ? 0u : MAP_ANONYMOUS) | (pick(16) == 0 ? MAP_LOCKED : 0u);
    const WriteGuard guard(subject.process.mm());
    EXPECT_EQ(do_mmap(subject.process.mm(), is_file ? &file_ : nullptr, r.va(), r.bytes(), prot,
                      flags, pgoff * kPage),
              static_cast<std::int64_t>(r.va()));
    subject.reference.map(r.start, r.n, prot, shared, is_file, pgoff);
  }

  void unmap(Subject& subject) {
    const Range r = range();
    const WriteGuard guard(subject.process.mm());
    EXPECT_EQ(do_munmap(subject.process.mm(), r.va(), r.bytes()), 0);
    subject.reference.unmap(r.start, r.n);
  }

  void protect(Subject& subject) {
    const Range r = range();
    const unsigned prot = pick(3) == 0 ? pick(8) : PROT_READ | PROT_WRITE;
    unsigned reached = 0;
    while (reached < r.n && subject.reference.page(r.start + reached).mapped) {
      subject.reference.page(r.start + reached++).prot = prot;
    }
    const WriteGuard guard(subject.process.mm());
    EXPECT_EQ(do_mprotect(subject.process.mm(), r.va(), r.bytes(), prot),
              reached == r.n ? 0 : -MM_ENOMEM);
  }

  void move(Subject& subject) {
    Range from = range();
    const Range to = range();
    const WriteGuard guard(subject.process.mm());
    const vm_area_struct* vma = find_vma(subject.process.mm(), from.va());
    if (vma == nullptr || vma->vm_start > from.va()) {
      return;
    }
    from.n = std::min({from.n, to.n, static_cast<unsigned>((vma->vm_end - from.va()) / kPage)});
    if (from.start + from.n > to.start && to.start + from.n > from.start) {
      return;
    }
    EXPECT_EQ(do_mremap(subject.process.mm(), from.va(), from.bytes(), from.bytes(),
                        MREMAP_MAYMOVE | MREMAP_FIXED, to.va()),
              static_cast<std::int64_t>(to.va()));
    subject.reference.move(from.start, to.start, from.n);
  }

  // Advice to a part of one VMA.
  void advise(Subject& subject) {
    constexpr int kAdvice[] = {MADV_DONTNEED, MADV_DONTNEED,   MADV_WILLNEED,
                               MADV_PAGEOUT,  MADV_SEQUENTIAL, MADV_NORMAL};
    Range r = range();
    const vm_area_struct* vma = find_vma(subject.process.mm(), r.va());
    if (vma == nullptr || vma->vm_start > r.va() || (vma->vm_flags & VM_LOCKED) != 0) {
      return;
    }
    r.n = std::min(r.n, static_cast<unsigned>((vma->vm_end - r.va()) / kPage));
    const int advice = kAdvice[pick(std::size(kAdvice))];
    EXPECT_EQ(do_madvise(subject.process.mm(), r.va(), r.bytes(), advice), 0);
    if (advice == MADV_DONTNEED) {
      subject.reference.forget(r.start, r.n);
    }
  }

  void fork(Subject& subject) {
    if (subjects_.size() < kMostProcesses) {
      auto child = std::make_unique<Subject>(machine_, subject);
      subjects_.push_back(std::move(child));
    }
  }

  void exit(Subject*& subject) {
    const auto is_free = [](const auto& other) { return !other->busy; };
    if (pick(3) != 0 || std::none_of(subjects_.begin(), subjects_.end(), is_free)) {
      return;  // somebody else must remain to go on
    }
    const auto place = std::find_if(subjects_.begin(), subjects_.end(),
                                    [&](const auto& other) { return other.get() == subject; });
    const std::unique_ptr<Subject> dying = std::move(*place);
    subjects_.erase(place);
    subject = nullptr;
  }

  void access(Subject& subject) {
    const unsigned index = pick(scenario_.pages);
    const unsigned word = pick(kWords);
    const std::uintptr_t va = kBase + index * kPage + word * kWordStride;
    std::uint64_t value = random_();
    const unsigned kind = pick(8);
    Hart& hart = subject.process.hart();
    const unsigned needed = kind == 0 ? PROT_EXEC : kind < 4 ? PROT_READ | PROT_WRITE : PROT_WRITE;
    const fault_outcome outcome = kind == 0  ? hart.fetch(va, value)
                                  : kind < 4 ? hart.load(va, value)
                                             : hart.store(va, value);
    RefPage& p = subject.reference.page(index);
    if (!p.mapped || (p.prot & needed) == 0) {
      EXPECT_EQ(outcome.signal, SIGNAL_SEGV);
      EXPECT_EQ(outcome.code, p.mapped ? CODE_SEGV_ACCERR : CODE_SEGV_MAPERR);
    } else if (subject.reference.is_beyond_file(p)) {
      EXPECT_EQ(outcome.signal, SIGNAL_BUS);
    } else if (outcome.signal != SIGNAL_NONE) {
      ADD_FAILURE() << "signal " << outcome.signal << " for page " << index;
    } else if (kind < 4) {
      EXPECT_EQ(value, subject.reference.load(p)[word]) << "page " << index;
    } else {
      subject.reference.store(p, word, value);
    }
  }

  Machine& machine_;
  DiskFile& file_;
  const Scenario& scenario_;
  RefFile ref_file_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Subject>> subjects_;
};

struct RandomPressure : ::testing::TestWithParam<Scenario> {};

TEST_P(RandomPressure, agrees_with_the_reference_and_keeps_the_books) {
  const Scenario& scenario = GetParam();
  std::cout << "seed " << scenario.seed << '\n';
  Machine machine(scenario.ram_bytes);
  set_transparent_hugepage(scenario.huge);
  Disk swap(machine, "vdb", 16384);
  Disk disk(machine, "vda", 128);
  swap.make_swap();
  const char* why = nullptr;
  ASSERT_EQ(swapon(swap.bdev(), why), 0) << why;
  Machine::evict(1);  // the header
  const std::uint64_t free_before = Machine::settled_free_pages();
  const std::uint64_t objects_before = nr_slab().objects;
  {
    DiskFile file(disk, kFileBlock, kFilePages);
    World world(machine, file, scenario);
    for (unsigned round = 0; round < 24; ++round) {
      ASSERT_NO_FATAL_FAILURE(world.round(600 / scenario.tasks)) << "round " << round;
      ASSERT_FALSE(HasFailure()) << "round " << round;
      while (machine.progress()) {
      }
      ASSERT_NO_FATAL_FAILURE(world.audit(swap)) << "round " << round;
    }
    ASSERT_NO_FATAL_FAILURE(world.read_all());
    EXPECT_EQ(sync_mappings(), 0);
    ASSERT_NO_FATAL_FAILURE(world.check_file(disk));
  }
  EXPECT_GT(vm_event_total(PSWPOUT), 200u) << "memory was never short";
  EXPECT_GT(vm_event_total(FAULT_SWAP_DEVICE), 50u);
  EXPECT_EQ(vm_event_total(FAULT_OOM), 0u);
  shrink_all_memory(scenario.ram_bytes / kPage);  // pages whose last user went during a transfer
  EXPECT_EQ(swapper_space.nrpages, 0u);
  EXPECT_EQ(get_nr_swap_pages(), total_swap_pages());
  EXPECT_EQ(Machine::settled_free_pages(), free_before) << "a frame was lost or returned twice";
  EXPECT_EQ(nr_slab().objects, objects_before);
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, RandomPressure,
    ::testing::Values(Scenario{"alone_1", 1, 4u << 20, 400, 1, thp_mode::never},
                      Scenario{"alone_2", 2, 4u << 20, 400, 1, thp_mode::never},
                      Scenario{"alone_3", 3, 4u << 20, 400, 1, thp_mode::never},
                      Scenario{"tasks_4", 4, 4u << 20, 400, 4, thp_mode::never},
                      Scenario{"tasks_5", 5, 4u << 20, 400, 4, thp_mode::never},
                      Scenario{"tasks_6", 6, 4u << 20, 400, 4, thp_mode::never},
                      Scenario{"huge_7", 7, 16u << 20, 1600, 1, thp_mode::always},
                      Scenario{"huge_8", 8, 16u << 20, 1600, 4, thp_mode::always}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace faultline::test
