// SPDX-License-Identifier: Apache-2.0
#include "models/dev/virtio_blk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace faultline {

namespace {

/// The queue's entries, less one each for header and status.
constexpr std::uint32_t kSegments = Virtqueue::kMaxSize - 2;

// Fields of the configuration space (5.2.4).
constexpr std::uint64_t kConfigCapacity = 0;
constexpr std::uint64_t kConfigSegMax = 12;
constexpr std::uint64_t kConfigBlkSize = 20;

std::uint64_t offered_features(const VirtioBlkParams& disk) {
  return VirtioBlk::kSegMax | VirtioBlk::kBlkSize | VirtioBlk::kFlushFeature |
         (disk.read_only ? VirtioBlk::kReadOnly : 0);
}

template <typename T>
T load(const unsigned char* bytes) {
  T value = 0;
  for (unsigned i = 0; i < sizeof(T); ++i) value |= T{bytes[i]} << (8 * i);
  return value;
}

/// Calls `move(address, offset, bytes)` for each part of the range [begin, begin + bytes) of a list
/// of buffers; `offset` counts from `begin`.
template <typename Move>
void for_each_part(const std::vector<VirtqueueBuffer>& buffers, std::uint64_t begin,
                   std::uint64_t bytes, Move move) {
  std::uint64_t done = 0;
  for (const VirtqueueBuffer& buffer : buffers) {
    if (begin >= buffer.bytes) {
      begin -= buffer.bytes;
      continue;
    }
    const std::uint64_t part = std::min(buffer.bytes - begin, bytes - done);
    if (part == 0) return;
    move(buffer.address + begin, done, part);
    done += part;
    begin = 0;
  }
}

void require(bool moved, const char* what) {
  if (!moved) throw VirtqueueError(fmt::format("{} cannot be moved", what));
}

}  // namespace

/// A queue from its first notification to the reset that ends it.
struct VirtioBlkDevice::Session {
  Virtqueue queue;
  bool ended = false;
};

struct VirtioBlkDevice::Request {
  std::shared_ptr<Session> session;
  VirtqueueChain chain;
  std::uint32_t type = 0;
  std::uint64_t sector = 0;
  std::uint64_t bytes = 0;  ///< of data
  std::uint8_t status = VirtioBlk::kOk;
  Cycles seen = 0;  ///< when the device turned to it

  /// Data that go to memory.
  [[nodiscard]] std::uint64_t delivered_bytes() const {
    return writes_memory(type) && status == VirtioBlk::kOk ? bytes : 0;
  }
  static bool writes_memory(std::uint32_t type) {
    return type == VirtioBlk::kIn || type == VirtioBlk::kGetId;
  }
};

/// Memory for one session: once that has ended, nothing is moved any more.
class VirtioBlkDevice::Memory : public GuestMemory {
 public:
  Memory(DmaPort& port, LocalClock& clock, const Session* session)
      : port_(port), clock_(clock), session_(session) {}

  [[nodiscard]] bool contains(PhysAddr address, std::uint64_t bytes) const override {
    return port_.reaches(address, bytes);
  }
  bool read(PhysAddr address, void* to, std::uint64_t bytes) override {
    return live() && port_.read(clock_, address, to, bytes) && live();
  }
  bool write(PhysAddr address, const void* from, std::uint64_t bytes) override {
    return live() && port_.write(clock_, address, from, bytes);
  }
  [[nodiscard]] std::uint64_t burst_at(PhysAddr address, std::uint64_t bytes) const {
    return port_.burst_at(address, bytes);
  }

 private:
  /// False if the session has ended by the time of the clock.
  [[nodiscard]] bool live() {
    clock_.before_shared();
    return session_ == nullptr || !session_->ended;
  }

  DmaPort& port_;
  LocalClock& clock_;
  const Session* session_;
};

VirtioBlkDevice::VirtioBlkDevice(const sc_core::sc_module_name& name, const DeviceParams& params,
                                 const VirtioBlkParams& disk, DiskMedium& medium, StatGroup& stats)
    : VirtioMmio(name, params, VirtioBlk::kDeviceId, offered_features(disk)),
      dma("dma", disk.dma_burst_bytes),
      disk_(disk),
      medium_(medium),
      timing_(disk.timing) {
  sc_core::sc_spawn([this] { fetch_loop(); }, "fetch");
  sc_core::sc_spawn([this] { finish_loop(); }, "finish");
  register_stats(stats);
}

VirtioBlkDevice::~VirtioBlkDevice() = default;

std::uint64_t VirtioBlkDevice::time_of(const LocalClock& clock) const {
  return clock.now() * period_ps();
}

Cycles VirtioBlkDevice::cycle_of(std::uint64_t ps) const {
  return (ps + period_ps() - 1) / period_ps();
}

// ---- The transport's side ----------------------------------------------------------------------

std::uint8_t VirtioBlkDevice::config_byte(std::uint64_t offset) const {
  const auto byte_of = [offset](std::uint64_t field, std::uint64_t value) {
    return static_cast<std::uint8_t>(value >> (8 * (offset - field)));
  };
  if (offset < kConfigCapacity + 8) return byte_of(kConfigCapacity, medium_.sectors());
  if (offset >= kConfigSegMax && offset < kConfigSegMax + 4) {
    return byte_of(kConfigSegMax, kSegments);
  }
  if (offset >= kConfigBlkSize && offset < kConfigBlkSize + 4) {
    return byte_of(kConfigBlkSize, DiskMedium::kSectorBytes);
  }
  return 0;
}

void VirtioBlkDevice::notified(std::uint64_t now_ps) {
  rung_ = true;
  doorbell_.notify(sc_core::sc_time::from_value(now_ps) - sc_core::sc_time_stamp());
}

void VirtioBlkDevice::stopped() {
  if (session_) session_->ended = true;
  session_.reset();
  under_way_.clear();
  rung_ = false;
  timing_.reset();
}

void VirtioBlkDevice::broken(LocalClock& clock, Session& session, const VirtqueueError& error) {
  clock.catch_up();
  if (session.ended) return;  // by a reset meanwhile
  stopped();
  fail(error.what());
}

// ---- Fetching ----------------------------------------------------------------------------------

void VirtioBlkDevice::fetch_loop() {
  LocalClock clock(period_ps());
  for (;;) {
    while (!rung_) clock.wait_for(doorbell_);
    rung_ = false;
    fetch_requests(clock);
  }
}

void VirtioBlkDevice::fetch_requests(LocalClock& clock) {
  if (!running()) return;
  if (!session_) {
    try {
      const bool indirect = (features() & VirtioFeature::kIndirectDescriptors) != 0;
      Virtqueue queue(queue_layout(), indirect, Memory(dma, clock, nullptr));
      session_ = std::make_shared<Session>(Session{.queue = queue});
    } catch (const VirtqueueError& error) {
      clock.catch_up();
      fail(error.what());
      return;
    }
  }
  const std::shared_ptr<Session> session = session_;
  Memory memory(dma, clock, session.get());
  try {
    for (;;) {
      const Cycles seen = clock.now();
      std::optional<VirtqueueChain> chain = session->queue.pop(memory);
      if (!chain) return;
      auto request = std::make_unique<Request>();
      request->session = session;
      request->chain = *std::move(chain);
      request->seen = seen;
      const std::uint64_t ready_ps = begin(clock, memory, *request);
      clock.before_shared();
      if (session->ended) return;
      under_way_.emplace(std::pair(ready_ps, requests_begun_++), std::move(request));
      begun_.notify(clock.offset());
    }
  } catch (const VirtqueueError& error) {
    broken(clock, *session, error);
  }
}

/// Reads the header and does what comes before the medium's part; returns when that is done.
std::uint64_t VirtioBlkDevice::begin(LocalClock& clock, Memory& memory, Request& request) {
  const std::uint64_t readable = request.chain.readable_bytes();
  const std::uint64_t writable = request.chain.writable_bytes();
  if (readable < VirtioBlk::kHeaderBytes || writable < 1) {
    throw VirtqueueError(
        fmt::format("a request of {} bytes to read and {} to write; a header has "
                    "{}, a status 1",
                    readable, writable, VirtioBlk::kHeaderBytes));
  }
  std::array<unsigned char, VirtioBlk::kHeaderBytes> header{};
  for_each_part(request.chain.readable, 0, header.size(),
                [&](PhysAddr from, std::uint64_t offset, std::uint64_t bytes) {
                  require(memory.read(from, header.data() + offset, bytes), "a header");
                });
  request.type = load<std::uint32_t>(header.data());
  request.sector = load<std::uint64_t>(header.data() + 8);
  switch (request.type) {
    case VirtioBlk::kIn:
      request.bytes = writable - 1;
      return begin_read(clock, request);
    case VirtioBlk::kOut:
      request.bytes = readable - VirtioBlk::kHeaderBytes;
      return begin_write(clock, memory, request);
    case VirtioBlk::kFlush:
      return timing_.submit(DiskOperation::Flush, 0, time_of(clock));
    case VirtioBlk::kGetId:
      request.bytes = std::min<std::uint64_t>(writable - 1, VirtioBlk::kIdBytes);
      return time_of(clock);
    default:
      request.status = VirtioBlk::kUnsupported;
      return time_of(clock);
  }
}

bool VirtioBlkDevice::inside(const Request& request) const {
  const std::uint64_t sectors = request.bytes / DiskMedium::kSectorBytes;
  return request.bytes % DiskMedium::kSectorBytes == 0 && request.sector <= medium_.sectors() &&
         sectors <= medium_.sectors() - request.sector;
}

std::uint64_t VirtioBlkDevice::begin_read(LocalClock& clock, Request& request) {
  if (!inside(request)) {
    request.status = VirtioBlk::kIoError;
    return time_of(clock);
  }
  if (medium_.is_bad(request.sector, request.bytes / DiskMedium::kSectorBytes)) {
    request.status = VirtioBlk::kIoError;
  }
  return timing_.submit(DiskOperation::Read, request.bytes, time_of(clock));
}

std::uint64_t VirtioBlkDevice::begin_write(LocalClock& clock, Memory& memory, Request& request) {
  if (!inside(request) || disk_.read_only) {
    request.status = VirtioBlk::kIoError;
    return time_of(clock);
  }
  const std::uint64_t start_ps = time_of(clock);
  unsigned char* to = medium_.data() + request.sector * DiskMedium::kSectorBytes;
  std::uint64_t done = 0;
  for_each_part(
      request.chain.readable, VirtioBlk::kHeaderBytes, request.bytes,
      [&](PhysAddr from, std::uint64_t /*offset*/, std::uint64_t bytes) {
        for (const PhysAddr end = from + bytes; from < end;) {
          const std::uint64_t part = memory.burst_at(from, end.value - from.value);
          clock.advance_to(cycle_of(start_ps + timing_.transfer_ps(DiskOperation::Write, done)));
          require(memory.read(from, to + done, part), "data of a write");
          from = from + part;
          done += part;
        }
      });
  return timing_.submit(DiskOperation::Write, request.bytes, time_of(clock));
}

// ---- Finishing ---------------------------------------------------------------------------------

void VirtioBlkDevice::finish_loop() {
  LocalClock clock(period_ps());
  for (;;) {
    while (under_way_.empty()) clock.wait_for(begun_);
    clock.before_shared();  // a request that is ready earlier may come until then
    if (under_way_.empty()) continue;
    const std::uint64_t ready_ps = under_way_.begin()->first.first;
    if (cycle_of(ready_ps) > clock.now()) {
      LocalClock until = clock;
      until.advance_to(cycle_of(ready_ps));
      sc_core::wait(until.offset(), begun_);
      clock.absorb(sc_core::SC_ZERO_TIME);
      continue;
    }
    const auto request = under_way_.extract(under_way_.begin());
    finish(clock, *request.mapped(), ready_ps);
  }
}

void VirtioBlkDevice::finish(LocalClock& clock, const Request& request, std::uint64_t ready_ps) {
  Session& session = *request.session;
  Memory memory(dma, clock, &session);
  bool interrupt = false;
  try {
    deliver(clock, memory, request, ready_ps);
    for_each_part(request.chain.writable, request.chain.writable_bytes() - 1, 1,
                  [&](PhysAddr to, std::uint64_t /*offset*/, std::uint64_t bytes) {
                    require(memory.write(to, &request.status, bytes), "a status");
                  });
    // The length counts from the first byte on: a failed read wrote the last one only.
    const bool all_written = request.chain.writable_bytes() == request.delivered_bytes() + 1;
    session.queue.push(
        memory, request.chain.head,
        static_cast<std::uint32_t>(request.delivered_bytes() + (all_written ? 1 : 0)));
    interrupt = session.queue.wants_interrupt(memory);
  } catch (const VirtqueueError& error) {
    broken(clock, session, error);
    return;
  }
  clock.catch_up();
  if (session.ended) return;
  count(request, clock.now() - request.seen);
  if (interrupt) {
    ++interrupts_;
    raise_used();
  }
}

void VirtioBlkDevice::deliver(LocalClock& clock, Memory& memory, const Request& request,
                              std::uint64_t ready_ps) {
  if (request.delivered_bytes() == 0) return;
  std::array<unsigned char, VirtioBlk::kIdBytes> id{};
  std::copy_n(disk_.id.begin(), std::min(disk_.id.size(), id.size()), id.begin());
  const unsigned char* from = request.type == VirtioBlk::kGetId
                                  ? id.data()
                                  : medium_.data() + request.sector * DiskMedium::kSectorBytes;
  const std::uint64_t start_ps = std::max(ready_ps, time_of(clock));
  std::uint64_t done = 0;
  for_each_part(request.chain.writable, 0, request.bytes,
                [&](PhysAddr to, std::uint64_t /*offset*/, std::uint64_t bytes) {
                  for (const PhysAddr end = to + bytes; to < end;) {
                    const std::uint64_t part = memory.burst_at(to, end.value - to.value);
                    clock.advance_to(
                        cycle_of(start_ps + timing_.transfer_ps(DiskOperation::Read, done + part)));
                    require(memory.write(to, from + done, part), "data of a read");
                    to = to + part;
                    done += part;
                  }
                });
}

// ---- Statistics --------------------------------------------------------------------------------

void VirtioBlkDevice::count(const Request& request, Cycles latency) {
  const bool reads = request.type == VirtioBlk::kIn;
  const bool writes = request.type == VirtioBlk::kOut;
  const Kind kind = reads                               ? Reads
                    : writes                            ? Writes
                    : request.type == VirtioBlk::kFlush ? Flushes
                                                        : Others;
  Counters& c = counters_[kind];
  c.latency_min = c.requests == 0 ? latency : std::min(c.latency_min, latency);
  c.latency_max = std::max(c.latency_max, latency);
  c.latency_sum += latency;
  ++c.requests;
  if (request.status != VirtioBlk::kOk) {
    ++c.errors;
  } else {
    c.bytes += request.bytes;
  }
}

void VirtioBlkDevice::register_stats(StatGroup& stats) {
  constexpr std::array<const char*, Kinds> kNames = {"reads", "writes", "flushes", "others"};
  for (unsigned kind = 0; kind < Kinds; ++kind) {
    StatGroup& group = stats.group(kNames[kind]);
    Counters& c = counters_[kind];
    group.counter("requests", "requests", "Requests that have ended.", c.requests);
    group.counter("bytes", "bytes", "Data of those that ended well.", c.bytes);
    group.counter("errors", "requests", "Of these, with an error or not supported.", c.errors);
    group.counter("latency_sum", "cycles",
                  "Time from when the device turned to a request to its interrupt.", c.latency_sum);
    group.counter("latency_min", "cycles", "Shortest such time; 0 without requests.",
                  c.latency_min);
    group.counter("latency_max", "cycles", "Longest such time.", c.latency_max);
    group.derived("latency_average", "cycles", "Mean of these times.", [&c] {
      return c.requests == 0 ? 0.0
                             : static_cast<double>(c.latency_sum) / static_cast<double>(c.requests);
    });
  }
  stats.counter("interrupts", "interrupts", "Requests at whose end the interrupt was raised.",
                interrupts_);
  stats.counter("busy_ps", "ps", "Time that the medium's places were taken, added up.",
                timing_.busy_ps());
  stats.counter("snooped_lines", "lines", "Dirty lines that the caches gave up for its DMA.",
                dma.snooped_lines());
}

}  // namespace faultline
