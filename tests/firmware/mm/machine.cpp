// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/mm/machine.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/vmscan.h"

namespace faultline::test {

namespace {

Machine* the_machine = nullptr;
std::map<std::uint64_t, Hart*> harts_by_asid;
constexpr std::uint64_t kNeverRun = 0;  // ASID of an address space that no hart has run yet

}  // namespace

Machine::Machine(std::uint64_t ram_bytes, std::uint64_t fault_around)
    : arena_(std::aligned_alloc(std::size_t{4} << 20, ram_bytes)), kernel_root_(512) {
  std::memset(arena_.get(), 0xa5, ram_bytes);
  for (unsigned i = USER_PTRS_PER_PGD; i < 512; ++i) {
    kernel_root_[i] = {0x1000u * i + 1};
  }
  the_machine = this;
  const phys_range reserved[] = {{kRamBase, kRamBase + kReservedBytes}};
  mem_config config = {};
  config.ram = {kRamBase, kRamBase + ram_bytes};
  config.reserved = reserved;
  config.nr_reserved = 1;
  config.linear_offset = reinterpret_cast<std::uintptr_t>(arena_.get()) - kRamBase;
  config.kernel_pgd = kernel_root_.data();
  config.fault_around_bytes = fault_around;
  mem_init(config);
  arch_ = {};
}

Machine::~Machine() {
  the_machine = nullptr;
}

bool Machine::progress() {
  for (const auto& device_progress : devices_) {
    if (device_progress()) {
      return true;
    }
  }
  return false;
}

void Machine::sleep(const void* key) {
  if (scheduler_ != nullptr) {
    scheduler_->sleep(key);
  } else if (!progress()) {
    std::fprintf(stderr, "the core sleeps and nothing will wake it\n");
    std::abort();
  }
}

void Machine::wake(const void* key) {
  if (scheduler_ != nullptr) {
    scheduler_->wake(key);
  }
}

void Machine::evict(std::uint64_t pages) {
  std::uint64_t freed = 0;
  for (unsigned attempt = 0; attempt < 3 && freed < pages; ++attempt) {
    freed += shrink_all_memory(pages - freed);
  }
  EXPECT_EQ(freed, pages);
}

void Machine::note_cleared(const void* page) {
  ++arch_.cleared;
  if (cleared_log_ != nullptr) {
    cleared_log_->push_back(page);
  }
}

std::uint64_t Machine::settled_free_pages() {
  lru_add_drain();
  drain_local_pages();
  return nr_free_pages() + nr_slab().pages;
}

const address_space_operations TestFile::kOperations = {.read_folio = TestFile::read_folio,
                                                        .readahead = nullptr,
                                                        .writepage = nullptr,
                                                        .writepages = nullptr,
                                                        .write_begin = nullptr};

TestFile::TestFile(unsigned number, std::uint64_t pages, Cached cached, std::uint64_t short_by)
    : number_(number) {
  address_space_init(space_, pages * PAGE_SIZE - short_by, &kOperations);
  space_.owner = this;
  f_mapping = &space_;
  if (cached == Cached::All) {
    std::vector<std::uint64_t> content(pages * PAGE_SIZE / 8);
    for (std::size_t i = 0; i < content.size(); ++i) {
      content[i] = word(i * 8);
    }
    EXPECT_EQ(page_cache_fill(space_, content.data()), 0);
  }
}

TestFile::~TestFile() {
  EXPECT_EQ(f_count, 1) << "a mapping still holds the file";
  truncate_inode_pages(space_);
}

std::uint64_t TestFile::word(unsigned number, std::uint64_t offset) {
  return (std::uint64_t{number} << 48) | offset;
}

int TestFile::read_folio(address_space& mapping, page& p) {
  TestFile& self = *static_cast<Space&>(mapping).owner;
  ++self.reads_;
  if (self.broken_) {
    end_page_read(p, false);
    return 0;
  }
  auto* words = static_cast<std::uint64_t*>(page_address(&p));
  for (std::uint64_t i = 0; i < PAGE_SIZE / 8; ++i) {
    words[i] = self.word(p.index * PAGE_SIZE + i * 8);
  }
  end_page_read(p, true);
  return 0;
}

// RISC-V Privileged 1.12, 4.3.2 for Sv39, leaves of 4 KiB and 2 MiB; nothing if a step faults.
std::optional<Hart::Leaf> Hart::walk(std::uintptr_t va) const {
  if ((va >> 38) != 0) {
    return std::nullopt;
  }
  const auto* table = reinterpret_cast<const std::uint64_t*>(mm_.pgd);
  for (unsigned level = 2;; --level) {
    const std::uint64_t entry = table[(va >> (12 + 9 * level)) & 511];
    if ((entry & 1) == 0 || (entry & 0x6) == 0x4) {
      return std::nullopt;
    }
    const bool is_leaf = (entry & 0xe) != 0;
    if (is_leaf) {
      EXPECT_LT(level, 2u) << "no leaves of 1 GiB";
      EXPECT_EQ((entry >> 10) & ((1u << (9 * level)) - 1), 0u) << "misaligned superpage";
      return Leaf{entry, level == 1};
    }
    if (level == 0) {
      return std::nullopt;
    }
    EXPECT_EQ(entry & 0xf0, 0u) << "A, D, U and G are reserved in a pointer";
    table = static_cast<const std::uint64_t*>(phys_to_virt((entry >> 10) << 12));
  }
}

std::optional<Hart::Leaf> Hart::look_up(std::uintptr_t va) const {
  const auto small = tlb_.find(va >> 12);
  const auto huge = huge_tlb_.find(va >> 21);
  EXPECT_TRUE(small == tlb_.end() || huge == huge_tlb_.end())
      << "two sizes of translations for " << va;
  if (small != tlb_.end()) {
    return Leaf{small->second, false};
  }
  return huge != huge_tlb_.end() ? std::optional(Leaf{huge->second, true}) : std::nullopt;
}

std::uint64_t* Hart::translate(std::uintptr_t va, fault_access access) {
  std::optional<Leaf> leaf = look_up(va);
  if (!leaf) {
    leaf = walk(va);
    if (!leaf) {
      return nullptr;
    }
    (leaf->huge ? huge_tlb_.emplace(va >> 21, leaf->entry) : tlb_.emplace(va >> 12, leaf->entry));
  }
  const std::uint64_t needed = access == fault_access::fetch ? _PAGE_EXEC | _PAGE_ACCESSED
                               : access == fault_access::store
                                   ? _PAGE_WRITE | _PAGE_ACCESSED | _PAGE_DIRTY
                                   : _PAGE_READ | _PAGE_ACCESSED;
  const std::uint64_t wanted = needed | _PAGE_USER;
  if ((leaf->entry & wanted) != wanted) {
    return nullptr;
  }
  auto* bytes = static_cast<unsigned char*>(phys_to_virt((leaf->entry >> 10) << 12));
  return reinterpret_cast<std::uint64_t*>(bytes + (va & ((leaf->huge ? PMD_SIZE : PAGE_SIZE) - 1)));
}

fault_outcome Hart::access(std::uintptr_t va, fault_access access, std::uint64_t*& place) {
  // An access takes two faults at most: one for the page, one for the permission or the dirty bit.
  for (unsigned attempt = 0; attempt < 4; ++attempt) {
    place = translate(va, access);
    if (place != nullptr) {
      return {SIGNAL_NONE, 0, va};
    }
    ++faults_;
    const fault_outcome outcome = do_page_fault(mm_, va, access, true);
    EXPECT_FALSE(mm_.mmap_lock.is_locked());
    if (outcome.signal != SIGNAL_NONE) {
      return outcome;
    }
  }
  ADD_FAILURE() << "the access at " << va << " faults for ever";
  return {SIGNAL_KILL, 0, va};
}

fault_outcome Hart::load(std::uintptr_t va, std::uint64_t& value) {
  std::uint64_t* place = nullptr;
  const fault_outcome outcome = access(va, fault_access::load, place);
  value = outcome.signal == SIGNAL_NONE ? *place : 0;
  return outcome;
}

fault_outcome Hart::fetch(std::uintptr_t va, std::uint64_t& value) {
  std::uint64_t* place = nullptr;
  const fault_outcome outcome = access(va, fault_access::fetch, place);
  value = outcome.signal == SIGNAL_NONE ? *place : 0;
  return outcome;
}

fault_outcome Hart::store(std::uintptr_t va, std::uint64_t value) {
  std::uint64_t* place = nullptr;
  const fault_outcome outcome = access(va, fault_access::store, place);
  if (outcome.signal == SIGNAL_NONE) {
    *place = value;
  }
  return outcome;
}

std::uint64_t Hart::get(std::uintptr_t va) {
  std::uint64_t value = 0;
  EXPECT_EQ(load(va, value).signal, SIGNAL_NONE);
  return value;
}

void Hart::put(std::uintptr_t va, std::uint64_t value) {
  EXPECT_EQ(store(va, value).signal, SIGNAL_NONE);
}

Process::Process(Machine& machine) : Process(machine, mm_alloc()) {}

Process::Process(Machine& machine, Process& parent) : Process(machine, dup_mm(parent.mm())) {}

Process::Process(Machine& machine, mm_struct* mm)
    : machine_(machine), mm_(mm), hart_(std::make_unique<Hart>(*mm_)) {
  static std::uint64_t next_asid = 1;
  mm_->asid = next_asid++;
  harts_by_asid[mm_->asid] = hart_.get();
  machine_.arch() = {};
}

Process::~Process() {
  const std::uint64_t asid = mm_->asid;
  mmput(mm_);
  EXPECT_EQ(hart_->tlb_entries(), 0u) << "translations outlive the address space";
  harts_by_asid.erase(asid);
}

void Process::map_anon(std::uintptr_t va, std::uint64_t pages, unsigned prot) {
  ASSERT_EQ(do_mmap(*mm_, nullptr, va, pages * PAGE_SIZE, prot,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0),
            static_cast<std::int64_t>(va));
}

void Process::map_file(std::uintptr_t va, std::uint64_t pages, TestFile& f, unsigned prot,
                       unsigned flags, std::uint64_t pgoff) {
  ASSERT_EQ(do_mmap(*mm_, &f, va, pages * PAGE_SIZE, prot, flags | MAP_FIXED, pgoff * PAGE_SIZE),
            static_cast<std::int64_t>(va));
}

std::uint64_t Process::pte(std::uintptr_t va) {
  const pte_t* entry = walk_to_pte(*mm_, va);
  return entry == nullptr ? 0 : entry->value;
}

std::string Process::vmas(std::uintptr_t base) {
  std::string text;
  for (const vm_area_struct* vma = mm_->mmap; vma != nullptr; vma = vma->vm_next) {
    char line[96];
    std::snprintf(
        line, sizeof line, "%s%lld-%lld %c%c%c%c", text.empty() ? "" : "; ",
        static_cast<long long>(vma->vm_start - base) / 4096,
        static_cast<long long>(vma->vm_end - base) / 4096,
        (vma->vm_flags & VM_READ) != 0 ? 'r' : '-', (vma->vm_flags & VM_WRITE) != 0 ? 'w' : '-',
        (vma->vm_flags & VM_EXEC) != 0 ? 'x' : '-', (vma->vm_flags & VM_SHARED) != 0 ? 's' : 'p');
    text += line;
    if (vma->vm_file != nullptr) {
      text += " @" + std::to_string(vma->vm_pgoff);
    }
  }
  return text;
}

Since::Since(Machine& machine) : machine_(machine), arch_(machine.arch()) {
  for (unsigned i = 0; i < NR_VM_EVENT_ITEMS; ++i) {
    events_.push_back(vm_event_total(static_cast<vm_event_item>(i)));
  }
}

ArchCounts Since::arch() const {
  const ArchCounts& now = machine_.arch();
  return {.page_fences = now.page_fences - arch_.page_fences,
          .page_asid_fences = now.page_asid_fences - arch_.page_asid_fences,
          .space_fences = now.space_fences - arch_.space_fences,
          .icache_fences = now.icache_fences - arch_.icache_fences,
          .cleared = now.cleared - arch_.cleared,
          .copied = now.copied - arch_.copied};
}

std::uint64_t Since::event(vm_event_item item) const {
  return vm_event_total(item) - events_[item];
}

}  // namespace faultline::test

using faultline::test::harts_by_asid;
using faultline::test::kNeverRun;
using faultline::test::the_machine;

unsigned smp_processor_id() {
  return 0;
}

void local_flush_tlb_page(std::uintptr_t va) {
  ++the_machine->arch().page_fences;
  for (auto& [asid, hart] : harts_by_asid) {
    hart->forget(va);
  }
}

void local_flush_tlb_page_asid(std::uintptr_t va, std::uint64_t asid) {
  ++the_machine->arch().page_asid_fences;
  if (asid != kNeverRun) {
    harts_by_asid.at(asid)->forget(va);
  }
}

void local_flush_tlb_all_asid(std::uint64_t asid) {
  ++the_machine->arch().space_fences;
  if (asid != kNeverRun) {
    harts_by_asid.at(asid)->forget_all();
  }
}

void local_flush_icache() {
  ++the_machine->arch().icache_fences;
}

void clear_page(void* page) {
  the_machine->note_cleared(page);
  std::memset(page, 0, PAGE_SIZE);
}

void copy_page(void* to, const void* from) {
  ++the_machine->arch().copied;
  std::memcpy(to, from, PAGE_SIZE);
}

void wait_on_var(const void* key) {
  the_machine->sleep(key);
}

void wake_up_var(const void* key) {
  the_machine->wake(key);
}

bool out_of_memory() {
  return the_machine->out_of_memory();
}

unsigned& current_memalloc_flags() {
  static thread_local unsigned flags = 0;  // Tasks runs each task on a thread of its own
  return flags;
}

void mm_panic(const char* reason) {
  std::fprintf(stderr, "kernel panic: %s\n", reason);
  std::abort();
}
