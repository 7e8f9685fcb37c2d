// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/init/kernel_options.h"

#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/pgtable.h"

namespace {

/// The number after `key=`, or `otherwise` if the option is not given.
std::uint64_t number_option(const lib::BootOptions& options, std::string_view key,
                            std::uint64_t otherwise) {
  const auto text = options.value(key);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  bool valid = !text->empty() && text->size() < 19;
  for (const char c : *text) {
    valid = valid && c >= '0' && c <= '9';
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (!valid) {
    panic("boot option %.*s=%.*s: not a number", static_cast<int>(key.size()), key.data(),
          static_cast<int>(text->size()), text->data());
  }
  return value;
}

thp_mode thp_option(const lib::BootOptions& options, thp_mode otherwise) {
  const auto text = options.value("transparent_hugepage");
  if (!text) return otherwise;
  if (*text == "always") return thp_mode::always;
  if (*text == "madvise") return thp_mode::madvise;
  if (*text == "never") return thp_mode::never;
  panic("boot option transparent_hugepage=%.*s: not always, madvise or never",
        static_cast<int>(text->size()), text->data());
}

readahead_mode readahead_option(const lib::BootOptions& options, readahead_mode otherwise) {
  const auto text = options.value("readahead");
  if (!text) return otherwise;
  if (*text == "async") return readahead_mode::async;
  if (*text == "sync") return readahead_mode::sync;
  panic("boot option readahead=%.*s: not async or sync", static_cast<int>(text->size()),
        text->data());
}

}  // namespace

kernel_options parse_kernel_options(std::string_view command_line) {
  constexpr unsigned kQuietLevel = 4;
  const lib::BootOptions options(command_line);
  kernel_options result;
  result.init = options.value("init").value_or(result.init);
  if (options.flag("quiet")) result.loglevel = kQuietLevel;
  result.loglevel = static_cast<unsigned>(number_option(options, "loglevel", result.loglevel));
  result.vmstat = options.flag("vmstat");
  result.transparent_hugepage = thp_option(options, result.transparent_hugepage);
  result.readahead = readahead_option(options, result.readahead);
  result.words = options.words();
  result.arguments = options.program_arguments();
  result.fault_around_bytes =
      number_option(options, "fault_around_bytes", result.fault_around_bytes);
  if ((result.fault_around_bytes & (result.fault_around_bytes - 1)) != 0 ||
      result.fault_around_bytes < PAGE_SIZE || result.fault_around_bytes > PMD_SIZE) {
    panic("boot option fault_around_bytes=%lu: not a power of two from 4096 to 2097152",
          result.fault_around_bytes);
  }
  return result;
}
