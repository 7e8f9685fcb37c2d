// SPDX-License-Identifier: Apache-2.0
#pragma once

// The machine under the memory-management core in these tests: an arena of host memory as RAM,
// counters for what the architecture is asked to do, and a hart that translates by an own Sv39
// walker through a TLB which forgets only what it is told to. A missing fence therefore shows as a
// wrong access.
//
// The core's state is global, as a kernel's is: one Machine at a time.

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/mem_init.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/vmstat.h"

namespace faultline::test {

/// What the core asked the architecture for.
struct ArchCounts {
  unsigned page_fences = 0;       ///< SFENCE.VMA va, x0
  unsigned page_asid_fences = 0;  ///< SFENCE.VMA va, asid
  unsigned space_fences = 0;      ///< SFENCE.VMA x0, asid
  unsigned icache_fences = 0;     ///< FENCE.I
  unsigned cleared = 0;           ///< pages zeroed
  unsigned copied = 0;            ///< pages copied
  [[nodiscard]] unsigned fences() const { return page_fences + page_asid_fences + space_fences; }
  bool operator==(const ArchCounts&) const = default;
};

/// Who runs while a task of the core sleeps; see Tasks.
class Scheduler {
 public:
  /// Returns when wake() was called for `key` since.
  virtual void sleep(const void* key) = 0;
  virtual void wake(const void* key) = 0;

 protected:
  ~Scheduler() = default;
};

/// RAM and the core on it. The RAM is filled with garbage first: nothing may rely on zeros.
class Machine {
 public:
  static constexpr std::uint64_t kRamBase = 0x8000'0000;
  /// Physical start of RAM that mem_init is told to leave alone.
  static constexpr std::uint64_t kReservedBytes = 0x21'000;

  explicit Machine(std::uint64_t ram_bytes = 32u << 20, std::uint64_t fault_around = 65536);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] ArchCounts& arch() { return arch_; }
  /// Where the addresses of the pages that are zeroed from now on go; null: nowhere.
  void log_cleared_pages(std::vector<const void*>* log) { cleared_log_ = log; }
  /// A page was zeroed.
  void note_cleared(const void* page);
  [[nodiscard]] const pgd_t* kernel_root() const { return kernel_root_.data(); }
  /// Adds a device that works while the core sleeps: `progress` ends one request and returns true,
  /// or false if none is under way. A sleep that no device can end fails the test.
  void add_device(std::function<bool()> progress) { devices_.push_back(std::move(progress)); }
  /// Lets the first device that has something to do end one request; false: none has.
  bool progress();
  /// Sleeps: other tasks run and devices work until wake(key); without a scheduler there is but one
  /// task, and a device ends one request.
  void sleep(const void* key);
  void wake(const void* key);
  /// Null: there is one task.
  void set_scheduler(Scheduler* scheduler) { scheduler_ = scheduler; }
  /// What the core's cry for memory is answered with: true if `kill` made some process give up its
  /// memory. Without it nobody can be killed.
  void on_out_of_memory(std::function<bool()> kill) { kill_ = std::move(kill); }
  [[nodiscard]] bool out_of_memory() { return kill_ && kill_(); }
  /// Evicts `pages` pages; the test fails if they are not to be had. Pages used lately need a
  /// second look.
  static void evict(std::uint64_t pages);
  /// Frames not in use once all batches and lists are emptied; pages of the slabs count as free.
  [[nodiscard]] static std::uint64_t settled_free_pages();

 private:
  struct FreeArena {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<void, FreeArena> arena_;
  std::vector<pgd_t> kernel_root_;
  ArchCounts arch_;
  std::vector<const void*>* cleared_log_ = nullptr;
  std::vector<std::function<bool()>> devices_;
  std::function<bool()> kill_;
  Scheduler* scheduler_ = nullptr;
};

/// A file whose bytes are a function of its number and the offset.
class TestFile : public file {
 public:
  enum class Cached { All, None };
  /// `pages` whole pages less `short_by` bytes. With Cached::None, pages are read when they are
  /// asked for.
  TestFile(unsigned number, std::uint64_t pages, Cached cached = Cached::All,
           std::uint64_t short_by = 0);
  ~TestFile();
  [[nodiscard]] std::uint64_t word(std::uint64_t offset) const { return word(number_, offset); }
  [[nodiscard]] static std::uint64_t word(unsigned number, std::uint64_t offset);
  /// Makes every read of a page fail from now on.
  void break_device() { broken_ = true; }
  [[nodiscard]] unsigned reads() const { return reads_; }

 private:
  struct Space : address_space {
    TestFile* owner = nullptr;
  };
  static int read_folio(address_space& mapping, page& p);
  static const address_space_operations kOperations;

  Space space_;
  unsigned number_;
  bool broken_ = false;
  unsigned reads_ = 0;
};

/// A hart in user mode with Svade: A=0, or D=0 on a store, is a page fault.
class Hart {
 public:
  explicit Hart(mm_struct& mm) : mm_(mm) {}

  /// Executes one access, with as many faults as it takes. The outcome of the last fault if it
  /// failed.
  [[nodiscard]] fault_outcome load(std::uintptr_t va, std::uint64_t& value);
  [[nodiscard]] fault_outcome store(std::uintptr_t va, std::uint64_t value);
  [[nodiscard]] fault_outcome fetch(std::uintptr_t va, std::uint64_t& value);
  /// As load, for tests in which it must succeed.
  [[nodiscard]] std::uint64_t get(std::uintptr_t va);
  void put(std::uintptr_t va, std::uint64_t value);

  /// Page faults taken so far.
  [[nodiscard]] unsigned faults() const { return faults_; }
  [[nodiscard]] std::size_t tlb_entries() const { return tlb_.size() + huge_tlb_.size(); }

  /// The fences, called by the architecture below.
  void forget(std::uintptr_t va) {
    tlb_.erase(va >> 12);
    huge_tlb_.erase(va >> 21);
  }
  void forget_all() {
    tlb_.clear();
    huge_tlb_.clear();
  }

 private:
  struct Leaf {
    std::uint64_t entry;
    bool huge;
  };
  std::uint64_t* translate(std::uintptr_t va, fault_access access);
  fault_outcome access(std::uintptr_t va, fault_access access, std::uint64_t*& place);
  [[nodiscard]] std::optional<Leaf> look_up(std::uintptr_t va) const;
  [[nodiscard]] std::optional<Leaf> walk(std::uintptr_t va) const;

  mm_struct& mm_;
  std::map<std::uintptr_t, std::uint64_t> tlb_;       // virtual page -> pte as it was when read
  std::map<std::uintptr_t, std::uint64_t> huge_tlb_;  // the same for 2 MiB
  unsigned faults_ = 0;
};

/// An address space with a hart that runs it; exits at the end of its life.
class Process {
 public:
  explicit Process(Machine& machine);
  /// A child with a copy of the parent's address space; the test fails if that is refused.
  Process(Machine& machine, Process& parent);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] mm_struct& mm() { return *mm_; }
  [[nodiscard]] Hart& hart() { return *hart_; }
  /// Maps anonymous private memory at a fixed address; the test fails if that is refused.
  void map_anon(std::uintptr_t va, std::uint64_t pages, unsigned prot = PROT_READ | PROT_WRITE);
  void map_file(std::uintptr_t va, std::uint64_t pages, TestFile& f, unsigned prot,
                unsigned flags = MAP_PRIVATE, std::uint64_t pgoff = 0);
  /// The pte of `va`; 0 if there is none.
  [[nodiscard]] std::uint64_t pte(std::uintptr_t va);
  /// Its low ten bits.
  [[nodiscard]] std::uint64_t pte_bits(std::uintptr_t va) { return pte(va) & 0x3ff; }
  /// The VMAs as text: "start-end rwxp pgoff; ..." with page numbers relative to `base`.
  [[nodiscard]] std::string vmas(std::uintptr_t base);

 private:
  Process(Machine& machine, mm_struct* mm);

  Machine& machine_;
  mm_struct* mm_;
  std::unique_ptr<Hart> hart_;
};

/// The calls of one stretch of code: differences of counters.
class Since {
 public:
  explicit Since(Machine& machine);
  [[nodiscard]] ArchCounts arch() const;
  [[nodiscard]] std::uint64_t event(vm_event_item item) const;

 private:
  Machine& machine_;
  ArchCounts arch_;
  std::vector<std::uint64_t> events_;
};

}  // namespace faultline::test
