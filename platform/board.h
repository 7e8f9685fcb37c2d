// SPDX-License-Identifier: Apache-2.0
#pragma once

// The board: one machine, assembled from the models by its configuration. Its memory map and
// devices are those of QEMU's RISC-V `virt` machine, so that the same images run on both. Not
// modelled: virtio devices other than disks, PCIe, flash, and the boot ROM (its effect, a0 = hart
// and a1 = device tree, is set directly).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/common/memory_attributes.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/cpu/observer.h"
#include "models/dev/disk_medium.h"

namespace faultline {

struct CommandRecord;
struct MachineConfig;
class ElfImage;
class L2TlbModule;
class MmuObserver;
class RtlLibrary;
class WalkerModule;

/// How a simulation ended.
struct RunOutcome {
  enum class Kind : std::uint8_t {
    Exited,  ///< the guest ended by itself: finisher or tohost; `status` is its own
    Limit,   ///< a limit of cycles or instructions was reached
    Wild,    ///< the guest cannot go on (endless trap loop); `report` says where
  };
  Kind kind = Kind::Exited;
  int status = 0;      ///< the guest's exit status, 0 = well
  std::string report;  ///< empty for Exited; else one or more lines for a person
};

/// What is on the board's disks; a null one is not there, and its virtio slot is empty.
struct BoardMedia {
  std::unique_ptr<DiskMedium> disk;
  std::unique_ptr<DiskMedium> swap;
};

/// The caches of the board.
enum class BoardCache : std::uint8_t { L1I, L1D, L2 };
inline constexpr std::size_t kBoardCaches = 3;

/// Who watches the models; each may be missing. They must outlive the run.
struct BoardObservers {
  HartObserver* hart = nullptr;
  MmuObserver* mmu = nullptr;
  /// Commands of all channels, those of each in order, when they are decided.
  std::function<void(const CommandRecord&)> dram{};
  /// See Cache::on_miss().
  std::function<void(BoardCache cache, Cycles now, PhysAddr line)> cache_miss{};
};

/// The verilated parts of the board; null where the configuration has the C++ model.
struct BoardRtl {
  WalkerModule* walker = nullptr;
  L2TlbModule* l2_tlb = nullptr;
};

/// How far a run is, for a progress line.
struct RunProgress {
  std::uint64_t instructions = 0;
  Cycles cycles = 0;
};

/// One assembled machine. SystemC elaborates it at the first run(); a process may hold several
/// boards, but all must exist before the first of them runs.
class Board {
 public:
  static constexpr std::uint64_t kProgressInstructions = 1'000'000;

  /// Builds the models. `config` must have passed its checks; its engines that are rtl come from
  /// `library`. Throws std::runtime_error if the host refuses the guest's memory, RtlError.
  explicit Board(const MachineConfig& config, BoardMedia media = {});
  Board(const MachineConfig& config, BoardMedia media, const RtlLibrary& library);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  /// For their waves.
  [[nodiscard]] BoardRtl rtl() const;
  /// Main memory, for the loaders.
  [[nodiscard]] const DirectMemory& memory() const;
  /// Copies `bytes` to `address`; throws std::out_of_range if they do not fit into main memory.
  void write_memory(PhysAddr address, const void* bytes, std::uint64_t length);
  /// The virtio slots with a device, for the device tree.
  [[nodiscard]] std::vector<unsigned> virtio_slots() const;
  /// What is on the disk (not the swap area) by now; null if there is none.
  [[nodiscard]] const DiskMedium* disk() const;
  /// Watches the ELF's `tohost` symbol, if it has one (HTIF).
  void attach_tohost(const ElfImage& image);
  /// Where hart 0 starts: pc, a0 = 0, a1 = `device_tree`.
  void set_entry(PhysAddr pc, PhysAddr device_tree);

  /// What the guest writes to its consoles (UART, HTIF) goes here, a byte a call.
  void set_console(std::function<void(char)> sink);
  /// Told, in one sentence, when the guest's driver has broken the rules of a device, which then
  /// waits for a reset.
  void set_complaints(std::function<void(const std::string&)> sink);
  /// Bytes for the guest's console input.
  void console_input(std::string_view bytes);
  /// They see what happens from now on.
  void set_observers(const BoardObservers& observers);
  /// Hart::observe_instructions_from().
  void observe_instructions_from(Cycles cycle, std::uint64_t instructions);
  /// `callback` is called after every kProgressInstructions, or a little later.
  void set_progress(std::function<void(const RunProgress&)> callback);

  /// Ends the run as a limit does, at the next instruction. For the callbacks above.
  void interrupt();
  /// Runs until the guest ends or a limit is reached.
  RunOutcome run();

  /// Every statistic, brought up to the hart's time.
  [[nodiscard]] StatGroup& stats();
  /// Starts a region of interest: every statistic to 0.
  void reset_statistics();
  /// Instructions retired since power-on (not reset by a region of interest).
  [[nodiscard]] RunProgress progress() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace faultline
