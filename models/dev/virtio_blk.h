// SPDX-License-Identifier: Apache-2.0
#pragma once

// A virtio block device (virtio 1.2, 5.2) with one virtqueue: IN, OUT, FLUSH and GET_ID, by DMA at
// their true times. Not modelled: discard, write zeroes, several queues, a cache that the driver
// may switch; VIRTIO_BLK_F_FLUSH is offered and a write is durable at once.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "models/common/local_clock.h"
#include "models/common/stats.h"
#include "models/dev/disk_medium.h"
#include "models/dev/disk_timing.h"
#include "models/dev/dma_port.h"
#include "models/dev/virtio_mmio.h"

namespace faultline {

/// Types of requests and their results (virtio 1.2, 5.2.6).
struct VirtioBlk {
  static constexpr std::uint32_t kDeviceId = 2;
  static constexpr std::uint32_t kIn = 0;
  static constexpr std::uint32_t kOut = 1;
  static constexpr std::uint32_t kFlush = 4;
  static constexpr std::uint32_t kGetId = 8;
  static constexpr std::uint8_t kOk = 0;
  static constexpr std::uint8_t kIoError = 1;
  static constexpr std::uint8_t kUnsupported = 2;
  static constexpr std::uint32_t kHeaderBytes = 16;  ///< type, reserved, sector
  static constexpr std::uint32_t kIdBytes = 20;
  // Feature bits (5.2.3), as masks.
  static constexpr std::uint64_t kSegMax = 1U << 2;
  static constexpr std::uint64_t kReadOnly = 1U << 5;
  static constexpr std::uint64_t kBlkSize = 1U << 6;
  static constexpr std::uint64_t kFlushFeature = 1U << 9;
};

struct VirtioBlkParams {
  DiskTimingParams timing{};  ///< resolved, passed check()
  bool read_only = false;     ///< offer VIRTIO_BLK_F_RO; writes end with an I/O error
  std::string id;             ///< what GET_ID answers; at most 20 bytes count
  /// Bytes of one DMA transaction: a power of two, 64 to 4096. 256 is what a PCIe root port of a
  /// desktop takes in one packet (Max_Payload_Size; PCIe 3.0, 7.8.4).
  unsigned dma_burst_bytes = 256;
};

/// The life of a request, from the notification at t, with n bytes of data:
///
/// 1. Fetch. A thread reads the available index, the ring's entry, the descriptors and the header,
///    one DMA after the other; requests are fetched one after the other.
/// 2. Data of a write are read from memory by the same thread: burst k (from 0) not before the
///    time that k bursts need at the disk's write bandwidth has passed since the first.
/// 3. The medium takes its time (DiskTiming). A read of a bad sector, a request beyond the end and
///    a write to a read-only disk fail; the first takes a read's time, the others none.
/// 4. Data of a read are written to memory by a second thread, in the order in which the medium had
///    them: burst k when the time that k + 1 bursts need at the disk's read bandwidth has passed
///    since the medium had the first data or the link was free.
/// 5. Completion, by the second thread: the status byte, the used element and the used index are
///    written, the available ring's flags are read, and the interrupt is raised.
///
/// After a reset by the driver, requests under way end without touching memory again.
class VirtioBlkDevice : public VirtioMmio {
 public:
  /// The device's way into memory; the board binds its socket and connects its links.
  DmaPort dma;

  /// `medium` must outlive the device. `stats`: this device's own group.
  VirtioBlkDevice(const sc_core::sc_module_name& name, const DeviceParams& params,
                  const VirtioBlkParams& disk, DiskMedium& medium, StatGroup& stats);
  ~VirtioBlkDevice() override;

 private:
  struct Session;
  struct Request;
  class Memory;
  /// What the statistics say of one kind of request. Latencies are from when the device turned to
  /// a request to its used element.
  struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t bytes = 0;
    std::uint64_t errors = 0;
    std::uint64_t latency_sum = 0;
    std::uint64_t latency_min = 0;
    std::uint64_t latency_max = 0;
  };
  enum Kind : unsigned { Reads, Writes, Flushes, Others, Kinds };

  // --- VirtioMmio ---
  [[nodiscard]] std::uint8_t config_byte(std::uint64_t offset) const override;
  void notified(std::uint64_t now_ps) override;
  void stopped() override;

  // --- The two threads ---
  void fetch_loop();
  void fetch_requests(LocalClock& clock);
  [[nodiscard]] std::uint64_t begin(LocalClock& clock, Memory& memory, Request& request);
  [[nodiscard]] std::uint64_t begin_read(LocalClock& clock, Request& request);
  [[nodiscard]] std::uint64_t begin_write(LocalClock& clock, Memory& memory, Request& request);
  void finish_loop();
  void finish(LocalClock& clock, const Request& request, std::uint64_t ready_ps);
  void deliver(LocalClock& clock, Memory& memory, const Request& request, std::uint64_t ready_ps);

  [[nodiscard]] bool inside(const Request& request) const;
  [[nodiscard]] std::uint64_t time_of(const LocalClock& clock) const;
  [[nodiscard]] Cycles cycle_of(std::uint64_t ps) const;
  void broken(LocalClock& clock, Session& session, const VirtqueueError& error);
  void count(const Request& request, Cycles latency);
  void register_stats(StatGroup& stats);

  VirtioBlkParams disk_;
  DiskMedium& medium_;
  DiskTiming timing_;
  std::array<Counters, Kinds> counters_{};
  std::uint64_t interrupts_ = 0;

  std::shared_ptr<Session> session_;  // of the queue in use; null before its first notification
  bool rung_ = false;  // the queue was notified and the fetching thread does not know
  sc_core::sc_event doorbell_;
  /// Requests under way, by when the medium has done its part, then by age.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::unique_ptr<Request>> under_way_;
  std::uint64_t requests_begun_ = 0;
  sc_core::sc_event begun_;
};

}  // namespace faultline
