// SPDX-License-Identifier: Apache-2.0
#pragma once

// The kernel's boot options:
//   init=PATH                the first program (/init)
//   loglevel=N               messages below level N reach the console (5: errors and warnings)
//   quiet                    the same as loglevel=4
//   fault_around_bytes=N     window of a file fault: a power of two from 4096 to 2 MiB (65536)
//   transparent_hugepage=MODE  huge pages of anonymous memory: always, madvise or never (madvise)
//   readahead=MODE           async, or sync to wait for all that is read ahead (async)
//   vmstat                   prints the counters of the memory-management core at the end
//   setenv=NAME=value        a variable of the first program's environment; may be repeated
//   -- ARGUMENTS...          of the first program
// The monitor reads svadu=on. Words that are not known are left alone, as Linux does.

#include <cstdint>
#include <string_view>

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/readahead.h"
#include "sw/lib/boot_options.h"

struct kernel_options {
  std::string_view init = "/init";
  unsigned loglevel = 5;
  std::uint64_t fault_around_bytes = 65536;
  thp_mode transparent_hugepage = thp_mode::madvise;
  readahead_mode readahead = readahead_mode::async;
  bool vmstat = false;
  lib::WordReader words{{}};  ///< all of the above, for setenv=
  lib::WordReader arguments{{}};
};

/// Reads the options; a value that is no number, out of range or no known word panics with its
/// name.
[[nodiscard]] kernel_options parse_kernel_options(std::string_view command_line);
