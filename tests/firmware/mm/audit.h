// SPDX-License-Identifier: Apache-2.0
#pragma once

// Checks of the core's books while nothing is under way: page tables, counts, reverse map, swap
// area and contents against each other and against the reference. Changes nothing.

#include <cstdint>
#include <map>
#include <vector>

#include "tests/firmware/mm/disk.h"
#include "tests/firmware/mm/machine.h"
#include "tests/firmware/mm/reference.h"

namespace faultline::test {

class Audit {
 public:
  explicit Audit(Disk& swap);

  /// Takes up an address space whose reference begins at `base`.
  void add(Process& process, RefSpace& reference, std::uintptr_t base);
  /// Checks what only all address spaces together show; call it last.
  void check_pages();
  void check_swap();

 private:
  void check_vmas(mm_struct& mm, RefSpace& reference, std::uintptr_t base);
  void take_present(const vm_area_struct& vma, pte_t pte, const RefPage& p,
                    const RefSpace& reference);
  void take_swapped(pte_t pte, const RefPage& p, const RefSpace& reference);

  Disk& swap_;
  std::map<page*, int> mappings_;                 // ptes and huge pmds by page
  std::map<page*, int> writable_;                 // of these, with W in private VMAs
  std::map<std::uint64_t, unsigned> swap_users_;  // ptes by slot
};

}  // namespace faultline::test
