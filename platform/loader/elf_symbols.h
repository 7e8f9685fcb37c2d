// SPDX-License-Identifier: Apache-2.0
#pragma once

// The symbols of an ELF file that libelf has open.

#include <libelf.h>

#include <vector>

#include "platform/loader/elf_image.h"

namespace faultline {

/// Every defined symbol with a name, in the order of the file. Tables that are damaged are left
/// out: a program runs without them.
[[nodiscard]] std::vector<ElfSymbol> read_elf_symbols(Elf* elf);

}  // namespace faultline
