// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/memory_map.h"

#include "sw/kernel/kernel.h"

extern "C" {
extern const char __kernel_begin[], __text_end[], __rodata_begin[], __rodata_end[], __data_begin[],
    __kernel_end[];
alignas(PAGE_SIZE) pgd_t swapper_pg_dir[PTRS_PER_TABLE];
void setup_vm(std::uint64_t device_tree);
}

namespace {

alignas(PAGE_SIZE) pmd_t image_pmd[PTRS_PER_TABLE];
// RAM is one range: only its first and its last GiB, and the one with the kernel, may need smaller
// leaves.
constexpr unsigned kLinearTables = 3;
alignas(PAGE_SIZE) pmd_t linear_pmd[kLinearTables][PTRS_PER_TABLE];

// Kernel leaves are global, and born accessed and dirty so that they never fault.
constexpr std::uint64_t kKernelLeaf = _PAGE_PRESENT | _PAGE_GLOBAL | _PAGE_ACCESSED | _PAGE_DIRTY;
constexpr std::uint64_t kReadOnly = kKernelLeaf | _PAGE_READ;
constexpr std::uint64_t kReadWrite = kKernelLeaf | _PAGE_READ | _PAGE_WRITE;
constexpr std::uint64_t kReadExecute = kKernelLeaf | _PAGE_READ | _PAGE_EXEC;

constexpr std::uint64_t leaf(std::uint64_t pa, std::uint64_t protection) {
  return pa >> PAGE_SHIFT << kPfnShift | protection;
}

/// The address of a symbol, relative to the program counter: physical before translation is on,
/// virtual afterwards.
std::uintptr_t address_of(const void* symbol) {
  return reinterpret_cast<std::uintptr_t>(symbol);
}

/// Maps the part of the image between two symbols. Runs before translation is on.
void map_image(const char* begin, const char* end, std::uint64_t protection) {
  for (std::uintptr_t pa = address_of(begin); pa < address_of(end); pa += PMD_SIZE) {
    image_pmd[pmd_index(KERNEL_LINK_ADDRESS + (pa - KERNEL_LOAD_ADDRESS))].value =
        leaf(pa, protection);
  }
}

constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t size) {
  return value & ~(size - 1);
}

/// The leaf of 2 MiB in the devices' window that shows `block`, made if there is none yet.
std::uintptr_t device_leaf(std::uint64_t block) {
  constexpr std::uint64_t kEnd = DEVICE_TREE_WINDOW;
  for (std::uintptr_t va = DEVICE_WINDOW; va < kEnd; va += PMD_SIZE) {
    std::uint64_t& entry = image_pmd[pmd_index(va)].value;
    if (entry == 0) entry = leaf(block, kReadWrite);
    if (entry == leaf(block, kReadWrite)) return va;
  }
  panic("no room for the registers of a device at 0x%lx", block);
}

/// How 2 MiB of RAM are seen in the linear map; 0 for not at all.
std::uint64_t linear_protection(std::uint64_t pa) {
  const std::uint64_t text_begin = kernel_image_to_phys(__kernel_begin);
  const std::uint64_t rodata_end = kernel_image_to_phys(__data_begin);
  if (pa < text_begin) return 0;
  return pa < rodata_end ? kReadOnly : kReadWrite;
}

}  // namespace

// Called by head.S at the kernel's physical address, without translation: nothing here may use an
// absolute address.
void setup_vm(std::uint64_t device_tree) {
  map_image(__kernel_begin, __text_end, kReadExecute);
  map_image(__rodata_begin, __rodata_end, kReadOnly);
  map_image(__data_begin, __kernel_end, kReadWrite);
  const std::uint64_t first = round_down(device_tree, PMD_SIZE);
  image_pmd[pmd_index(DEVICE_TREE_WINDOW)].value = leaf(first, kReadOnly);
  image_pmd[pmd_index(DEVICE_TREE_WINDOW + PMD_SIZE)].value = leaf(first + PMD_SIZE, kReadOnly);
  swapper_pg_dir[pgd_index(KERNEL_LINK_ADDRESS)].value =
      table_entry(address_of(image_pmd) >> PAGE_SHIFT);
}

phys_range kernel_image() {
  return {kernel_image_to_phys(__kernel_begin), kernel_image_to_phys(__kernel_end)};
}

const void* device_tree_window(std::uint64_t device_tree) {
  return reinterpret_cast<const void*>(DEVICE_TREE_WINDOW + device_tree % PMD_SIZE);
}

void* ioremap(std::uint64_t address, std::uint64_t size) {
  const std::uint64_t first = round_down(address, PMD_SIZE);
  const std::uintptr_t va = device_leaf(first);
  // Blocks beyond the first follow it if the window is filled in order: those of one device are.
  for (std::uint64_t block = first + PMD_SIZE; block < address + size; block += PMD_SIZE) {
    if (device_leaf(block) != va + (block - first)) {
      panic("the registers at 0x%lx are in pieces", address);
    }
  }
  asm volatile("sfence.vma" ::: "memory");
  return reinterpret_cast<void*>(va + (address - first));
}

std::uintptr_t map_linear(phys_range ram) {
  const std::uintptr_t offset = LINEAR_MAP_ADDRESS - round_down(ram.start, PGDIR_SIZE);
  const phys_range image = kernel_image();
  unsigned tables = 0;
  for (std::uint64_t block = round_down(ram.start, PGDIR_SIZE); block < ram.end;
       block += PGDIR_SIZE) {
    std::uint64_t& entry = swapper_pg_dir[pgd_index(block + offset)].value;
    const bool whole = block >= ram.start && block + PGDIR_SIZE <= ram.end;
    if (whole && block >= image.end) {
      entry = leaf(block, kReadWrite);
      continue;
    }
    if (tables == kLinearTables) panic("RAM has more than one range");
    pmd_t* const table = linear_pmd[tables++];
    entry = table_entry(kernel_image_to_phys(table) >> PAGE_SHIFT);
    for (std::uint64_t pa = block; pa < block + PGDIR_SIZE; pa += PMD_SIZE) {
      if (pa < ram.start || pa >= ram.end) continue;
      const std::uint64_t protection = linear_protection(pa);
      if (protection != 0) table[pmd_index(pa + offset)].value = leaf(pa, protection);
    }
  }
  asm volatile("sfence.vma" ::: "memory");
  return offset;
}
