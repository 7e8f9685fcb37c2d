// SPDX-License-Identifier: Apache-2.0
#include "models/dev/virtqueue.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <limits>
#include <utility>

namespace faultline {

namespace {

// Flags of a descriptor (virtio 1.2, 2.7.5) and of the available ring (2.7.6).
constexpr std::uint16_t kNext = 1;
constexpr std::uint16_t kWrite = 2;
constexpr std::uint16_t kIndirect = 4;
constexpr std::uint16_t kNoInterrupt = 1;

constexpr std::uint64_t kDescriptorBytes = 16;
constexpr std::uint64_t kUsedElementBytes = 8;
/// Of either ring: flags and index before the entries.
constexpr std::uint64_t kFlags = 0;
constexpr std::uint64_t kIndex = 2;
constexpr std::uint64_t kRing = 4;

template <typename T>
T load(const unsigned char* bytes) {
  T value = 0;
  for (unsigned i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(T{bytes[i]} << (8 * i)));
  }
  return value;
}

template <typename T>
void store(unsigned char* bytes, T value) {
  for (unsigned i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * i));
}

void require_area(const GuestMemory& memory, const char* name, PhysAddr address,
                  std::uint64_t bytes, std::uint64_t align) {
  if (address.value % align != 0) {
    throw VirtqueueError(
        fmt::format("the {} is at {:#x}, no multiple of {}", name, address.value, align));
  }
  if (!memory.contains(address, bytes)) {
    throw VirtqueueError(fmt::format("the {} of {} bytes at {:#x} does not lie in memory", name,
                                     bytes, address.value));
  }
}

std::uint64_t sum_of(const std::vector<VirtqueueBuffer>& buffers) {
  std::uint64_t sum = 0;
  for (const VirtqueueBuffer& buffer : buffers) sum += buffer.bytes;
  return sum;
}

}  // namespace

std::uint64_t VirtqueueChain::readable_bytes() const {
  return sum_of(readable);
}

std::uint64_t VirtqueueChain::writable_bytes() const {
  return sum_of(writable);
}

struct Virtqueue::Descriptor {
  PhysAddr address{};
  std::uint32_t bytes = 0;
  std::uint16_t flags = 0;
  std::uint16_t next = 0;
};

Virtqueue::Virtqueue(const VirtqueueLayout& layout, bool indirect, const GuestMemory& memory)
    : layout_(layout), indirect_(indirect) {
  const std::uint64_t size = layout.size;
  if (!std::has_single_bit(size) || size > kMaxSize) {
    throw VirtqueueError(
        fmt::format("the queue has {} entries, no power of two up to {}", size, kMaxSize));
  }
  require_area(memory, "descriptor table", layout.descriptors, kDescriptorBytes * size, 16);
  require_area(memory, "available ring", layout.driver_area, kRing + 2 * size, 2);
  require_area(memory, "used ring", layout.device_area, kRing + kUsedElementBytes * size, 4);
}

void Virtqueue::read_or_fail(GuestMemory& memory, PhysAddr address, void* to, std::uint64_t bytes,
                             const char* what) {
  if (!memory.read(address, to, bytes)) {
    throw VirtqueueError(fmt::format("the {} at {:#x} cannot be read", what, address.value));
  }
}

std::optional<VirtqueueChain> Virtqueue::pop(GuestMemory& memory) {
  std::array<unsigned char, 2> word{};
  if (next_available_ == available_) {
    read_or_fail(memory, layout_.driver_area + kIndex, word.data(), word.size(), "available index");
    available_ = load<std::uint16_t>(word.data());
    const auto ahead = static_cast<std::uint16_t>(available_ - next_available_);
    if (ahead == 0) return std::nullopt;
    if (ahead > layout_.size) {
      throw VirtqueueError(fmt::format("the available index {} is {} ahead of {}; the queue has {}",
                                       available_, ahead, next_available_, layout_.size));
    }
  }
  const std::uint64_t slot = next_available_ % layout_.size;
  read_or_fail(memory, layout_.driver_area + (kRing + 2 * slot), word.data(), word.size(),
               "entry of the available ring");
  ++next_available_;
  VirtqueueChain chain;
  chain.head = load<std::uint16_t>(word.data());
  walk(memory, chain);
  return chain;
}

void Virtqueue::walk(GuestMemory& memory, VirtqueueChain& chain) const {
  Table table{layout_.descriptors, layout_.size};
  bool in_indirect_table = false;
  unsigned index = chain.head;
  for (unsigned length = 0; length < layout_.size;) {
    const Descriptor d = descriptor(memory, table, index);
    if ((d.flags & kIndirect) == 0) {
      append(memory, chain, d);
      if ((d.flags & kNext) == 0) return;
      index = d.next;
      ++length;
      continue;
    }
    if (in_indirect_table || (d.flags & kNext) != 0) {
      throw VirtqueueError(
          fmt::format("the indirect descriptor {} is {}", index,
                      in_indirect_table ? "in an indirect table" : "not the last of its chain"));
    }
    table = indirect_table(memory, d);
    in_indirect_table = true;
    index = 0;
  }
  throw VirtqueueError(fmt::format("the chain from descriptor {} has more than {} descriptors",
                                   chain.head, layout_.size));
}

Virtqueue::Descriptor Virtqueue::descriptor(GuestMemory& memory, const Table& table,
                                            unsigned index) {
  if (index >= table.entries) {
    throw VirtqueueError(fmt::format("descriptor {} of a table of {}", index, table.entries));
  }
  std::array<unsigned char, kDescriptorBytes> bytes{};
  read_or_fail(memory, table.address + kDescriptorBytes * index, bytes.data(), bytes.size(),
               "descriptor");
  return {.address = PhysAddr{load<std::uint64_t>(bytes.data())},
          .bytes = load<std::uint32_t>(bytes.data() + 8),
          .flags = load<std::uint16_t>(bytes.data() + 12),
          .next = load<std::uint16_t>(bytes.data() + 14)};
}

Virtqueue::Table Virtqueue::indirect_table(const GuestMemory& memory, const Descriptor& d) const {
  if (!indirect_) throw VirtqueueError("an indirect descriptor, which was not negotiated");
  if (d.bytes == 0 || d.bytes % kDescriptorBytes != 0 || !memory.contains(d.address, d.bytes)) {
    throw VirtqueueError(
        fmt::format("the indirect table of {} bytes at {:#x} is no table of descriptors in memory",
                    d.bytes, d.address.value));
  }
  return {d.address, static_cast<unsigned>(d.bytes / kDescriptorBytes)};
}

void Virtqueue::append(const GuestMemory& memory, VirtqueueChain& chain, const Descriptor& d) {
  if (d.bytes == 0 || !memory.contains(d.address, d.bytes)) {
    throw VirtqueueError(fmt::format("a buffer of {} bytes at {:#x}, which is not in memory",
                                     d.bytes, d.address.value));
  }
  const bool writable = (d.flags & kWrite) != 0;
  if (!writable && !chain.writable.empty()) {
    throw VirtqueueError(fmt::format(
        "the chain from descriptor {} has a buffer to read after one to write", chain.head));
  }
  std::vector<VirtqueueBuffer>& buffers = writable ? chain.writable : chain.readable;
  buffers.push_back({d.address, d.bytes});
  // One byte less than 2^32 for each kind, so that a length fits the used ring.
  if (sum_of(buffers) > std::numeric_limits<std::uint32_t>::max()) {
    throw VirtqueueError(
        fmt::format("the chain from descriptor {} is longer than 2^32 bytes", chain.head));
  }
}

void Virtqueue::push(GuestMemory& memory, std::uint16_t head, std::uint32_t written) {
  std::array<unsigned char, kUsedElementBytes> element{};
  store<std::uint32_t>(element.data(), head);
  store<std::uint32_t>(element.data() + 4, written);
  const std::uint64_t slot = next_used_ % layout_.size;
  std::array<unsigned char, 2> index{};
  store(index.data(), ++next_used_);
  if (!memory.write(layout_.device_area + (kRing + kUsedElementBytes * slot), element.data(),
                    element.size()) ||
      !memory.write(layout_.device_area + kIndex, index.data(), index.size())) {
    throw VirtqueueError("the used ring cannot be written");
  }
}

bool Virtqueue::wants_interrupt(GuestMemory& memory) const {
  std::array<unsigned char, 2> flags{};
  read_or_fail(memory, layout_.driver_area + kFlags, flags.data(), flags.size(),
               "flags of the available ring");
  return (load<std::uint16_t>(flags.data()) & kNoInterrupt) == 0;
}

}  // namespace faultline
