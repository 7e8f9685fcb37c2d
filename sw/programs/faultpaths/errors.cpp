// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <csetjmp>
#include <csignal>

#include "sw/programs/faultpaths/experiment.h"

namespace faultpaths {

namespace {

/// The signal that the next fault must end in.
struct Expected {
  int signal, code;
  const void* address;
};
Expected expected;
std::uint64_t right_signals = 0;
sigjmp_buf back;

void jump_back(int signal, siginfo_t* info, void* /*context*/) {
  if (signal == expected.signal && info->si_code == expected.code &&
      info->si_addr == expected.address) {
    ++right_signals;
  }
  siglongjmp(back, 1);
}

std::uint64_t right_signal_count() {
  return right_signals;
}

void install_handlers() {
  struct sigaction action {};
  action.sa_sigaction = jump_back;
  action.sa_flags = SA_SIGINFO;
  for (const int signal : {SIGSEGV, SIGBUS}) {
    if (sigaction(signal, &action, nullptr) != 0) die("sigaction");
  }
}

/// Loads from, or stores to, page `at`, which must end in `signal` with `code`.
void expect_signal(int signal, int code, const Pages& pages, std::size_t at, bool store) {
  volatile std::uint64_t& word = pages.word(at);
  expected = {signal, code, const_cast<const std::uint64_t*>(&word)};
  if (sigsetjmp(back, 1) != 0) return;
  if (store) {
    word = 0;
  } else {
    pages.load(at);
  }
}

void provoke_segv(Experiment& experiment, const Pass& pass) {
  const Pages unmapped = map_private(pass.items());
  release(unmapped);
  experiment.provoke(
      "sigsegv_maperr", pass,
      [&](std::size_t i) { expect_signal(SIGSEGV, SEGV_MAPERR, unmapped, i, false); },
      right_signal_count);
  const Pages read_only = map_private(pass.items());
  fill(read_only);
  if (mprotect(read_only.base, read_only.count * kPageSize, PROT_READ) != 0) die("mprotect");
  experiment.provoke(
      "sigsegv_accerr", pass,
      [&](std::size_t i) { expect_signal(SIGSEGV, SEGV_ACCERR, read_only, i, true); },
      right_signal_count);
  release(read_only);
}

/// Beyond the end of the file, or in it, if its blocks cannot be read.
void provoke_sigbus(Experiment& experiment, const Pass& pass, const char* path, bool beyond_end) {
  const int fd = open_file(path);
  const std::size_t pages = static_cast<std::size_t>(lseek(fd, 0, SEEK_END)) / kPageSize;
  const std::size_t first = beyond_end ? pages : 0;
  const Pages mapping = map_pages(first + pass.items(), PROT_READ, MAP_PRIVATE, fd);
  experiment.provoke(
      "sigbus", pass,
      [&](std::size_t i) { expect_signal(SIGBUS, BUS_ADRERR, mapping, first + i, false); },
      right_signal_count);
  release(mapping);
  close(fd);
}

std::uint64_t efaults = 0;
std::uint64_t efault_count() {
  return efaults;
}

/// Asks read(2) to store where nothing is mapped.
void provoke_efault(Experiment& experiment, const Pass& pass) {
  const int fd = open_file("/data/pages");
  const Pages unmapped = map_private(pass.items());
  release(unmapped);
  experiment.provoke(
      "kernel_fixup", pass,
      [&](std::size_t i) {
        if (pread(fd, unmapped.base + i * kPageSize, 1, 0) == -1 && errno == EFAULT) ++efaults;
      },
      efault_count);
  close(fd);
}

}  // namespace

void provoke_errors(Experiment& experiment) {
  install_handlers();
  for (const Pass& pass : experiment.passes()) {
    provoke_segv(experiment, pass);
    provoke_sigbus(experiment, pass, "/data/pages", true);
    provoke_efault(experiment, pass);
  }
  if (const char* const bad_file = experiment.settings().bad_file) {
    provoke_sigbus(experiment, {Caches::kWarm, experiment.settings().count}, bad_file, false);
  }
}

}  // namespace faultpaths
