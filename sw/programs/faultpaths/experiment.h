// SPDX-License-Identifier: Apache-2.0
#pragma once

// Provoking faults one by one: with warm caches, straight after another fault of the same kind, or
// with cold ones, after a walk through more memory and code than the caches hold. Only the
// provoked faults are marked as warm or cold; what preparing them costs is not.

#include <array>
#include <span>
#include <vector>

#include "sw/programs/marker.h"
#include "sw/programs/process.h"

namespace faultpaths {

using namespace program;

enum class Caches { kWarm, kCold };

/// A series of equal faults.
struct Pass {
  Caches caches;
  std::size_t count;

  /// Things to fault on that a pass needs: one more, for the rehearsal.
  [[nodiscard]] std::size_t items() const { return count + 1; }
};

/// How many faults of each kind, and what they depend on.
struct Settings {
  std::size_t count;        ///< of each path
  std::size_t huge_count;   ///< of each path of 2 MiB pages; 0: none of them
  std::size_t evict_bytes;  ///< of the buffer that empties the data caches; beyond the L2's size
  const char* disk_file;    ///< large, on the disk; null: no paths that need a device
  const char* bad_file;     ///< cannot be read; null: not provoked
  bool swap;                ///< there is a swap area
};

class Experiment {
 public:
  explicit Experiment(const Settings& settings);

  [[nodiscard]] const Settings& settings() const { return settings_; }
  /// Faults of a pass that only sets accessed or dirty bits: none if the hardware does that
  /// (Svadu).
  [[nodiscard]] std::uint64_t access_faults(const Pass& pass) const {
    return kernel_sets_accessed_ ? pass.count : 0;
  }
  /// The warm pass and the cold one, of `count` faults each.
  [[nodiscard]] static std::array<Pass, 2> passes(std::size_t count) {
    return {Pass{Caches::kWarm, count}, Pass{Caches::kCold, count}};
  }
  [[nodiscard]] std::array<Pass, 2> passes() const { return passes(settings_.count); }

  /// touch(0) unmarked, so that everything that touch() itself needs is present, then touch(1) to
  /// touch(pass.count), marked. Returns by how much `counter` went up over the marked ones.
  template <typename Touch, typename Counter = std::uint64_t (*)()>
  std::uint64_t touch_all(const Pass& pass, Touch touch, Counter counter = fault_count) const {
    touch(0);
    if (pass.caches == Caches::kCold) evict();
    const std::uint64_t before = counter();
    for (std::size_t i = 1; i <= pass.count; ++i) {
      if (pass.caches == Caches::kCold) {
        evict();
        marker::caches_cold();
      } else {
        marker::caches_warm();
      }
      touch(i);
      marker::caches_any();
    }
    return counter() - before;
  }

  /// Takes note of a pass over `path`, as the results call it: so many faults provoked, so many
  /// counted by the kernel.
  void record(const char* path, Caches caches, std::uint64_t provoked, std::uint64_t counted);

  /// touch_all() of a path on which every touch is a fault.
  template <typename Touch, typename Counter = std::uint64_t (*)()>
  void provoke(const char* path, const Pass& pass, Touch touch, Counter counter = fault_count) {
    record(path, pass.caches, pass.count, touch_all(pass, touch, counter));
  }

  /// Prints a line for each record; whether all counts are as provoked.
  [[nodiscard]] bool report() const;

 private:
  struct Record {
    const char* path;
    Caches caches;
    std::uint64_t provoked;
    std::uint64_t counted;
  };

  /// Empties the caches of everything that a fault needs.
  void evict() const;

  Settings settings_;
  bool kernel_sets_accessed_;
  Pages buffer_;
  std::vector<Record> records_;
};

/// Gives the memory back; its addresses are not used again.
inline void release(const Pages& pages) {
  if (munmap(pages.base, pages.count * kPageSize) != 0) die("munmap");
}

/// Fresh private memory, or a private copy of a file.
inline Pages map_private(std::size_t count, int fd = -1) {
  return map_pages(count, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
}

/// Fresh shared memory, or a shared file.
inline Pages map_shared(std::size_t count, int fd = -1) {
  return map_pages(count, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
}

/// Stores to every page.
inline void fill(const Pages& pages) {
  for (std::size_t page = 0; page < pages.count; ++page) pages.word(page) = page;
}

/// A child that shares all memory of its parent, waits, and ends when this goes.
class Sharer {
 public:
  Sharer()
      : child_(spawn([this] {
          ready_.put(0);
          return static_cast<int>(end_.take());
        })) {
    static_cast<void>(ready_.take());
  }
  ~Sharer() {
    end_.put(0);
    if (!succeeds(child_)) die("a child that does nothing");
  }
  Sharer(const Sharer&) = delete;
  Sharer& operator=(const Sharer&) = delete;

 private:
  Pipe ready_, end_;
  pid_t child_;
};

// The paths, by what they have in common. Each is provoked in a warm and a cold pass, but those
// that wait for a device: there the caches do not matter.

void provoke_anonymous(Experiment& experiment);  ///< A, B, C, L
void provoke_huge(Experiment& experiment);       ///< D
void provoke_file(Experiment& experiment);       ///< E, F, H of files in the page cache
void provoke_disk(Experiment& experiment);       ///< E, F, G with I/O; G, I with page_mkwrite
void provoke_shared(Experiment& experiment);     ///< E, G of shared anonymous memory
void provoke_forked(Experiment& experiment);     ///< H, I, K after fork
void provoke_swap(Experiment& experiment);       ///< J
void provoke_errors(Experiment& experiment);     ///< signals, and EFAULT

}  // namespace faultpaths
