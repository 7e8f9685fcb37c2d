// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/drivers/virtio_mmio.h"
#include "sw/lib/barrier.h"

// The available ring (2.7.6) and the used ring (2.7.8), in one page. The device reads the first and
// writes the second.
struct virtqueue::rings {
  struct used_element {
    std::uint32_t id;
    std::uint32_t len;
  };

  std::uint16_t avail_flags;
  std::uint16_t avail_index;
  std::uint16_t avail[kMostDescriptors];
  std::uint16_t avail_event;  // behind a shorter ring it is part of it; not in use
  alignas(4) std::uint16_t used_flags;
  std::uint16_t used_index;
  used_element used[kMostDescriptors];
};

namespace {

/// used_flags: the device looks at the available ring by itself (2.7.10).
constexpr std::uint16_t VRING_USED_F_NO_NOTIFY = 1;

/// Loads what the device stores, once.
template <typename T>
T load_once(const T& place) {
  return *const_cast<const volatile T*>(&place);
}

}  // namespace

bool virtqueue::init(unsigned size) {
  static_assert(sizeof(rings) <= PAGE_SIZE);
  page* const table = alloc_pages(__GFP_ZERO, 0);
  page* const rings_page = alloc_pages(__GFP_ZERO, 0);
  if (table == nullptr || rings_page == nullptr) {
    if (table != nullptr) put_page(table);
    if (rings_page != nullptr) put_page(rings_page);
    return false;
  }
  desc_ = static_cast<vring_desc*>(page_address(table));
  rings_ = static_cast<rings*>(page_address(rings_page));
  size_ = nr_free_ = size;
  for (unsigned i = 0; i < size; ++i) desc_[i].next = static_cast<std::uint16_t>(i + 1);
  free_head_ = 0;
  last_used_ = 0;
  return true;
}

std::uint64_t virtqueue::device_address() const {
  return virt_to_phys(&rings_->used_flags);
}

std::uint16_t virtqueue::add_descriptor(std::uint64_t addr, std::uint32_t len,
                                        std::uint16_t flags) {
  const std::uint16_t index = free_head_;
  vring_desc& d = desc_[index];
  free_head_ = d.next;
  --nr_free_;
  d = {addr, len, flags, 0};
  return index;
}

void virtqueue::begin_chain(std::uint64_t addr, std::uint32_t len, std::uint16_t flags) {
  chain_head_ = chain_tail_ = add_descriptor(addr, len, flags);
}

void virtqueue::append(std::uint64_t addr, std::uint32_t len, std::uint16_t flags) {
  const std::uint16_t index = add_descriptor(addr, len, flags);
  vring_desc& before = desc_[chain_tail_];
  before.flags = static_cast<std::uint16_t>(before.flags | VRING_DESC_F_NEXT);
  before.next = index;
  chain_tail_ = index;
}

bool virtqueue::publish_chain() {
  rings_->avail[rings_->avail_index % size_] = chain_head_;
  smp_wmb();
  rings_->avail_index = static_cast<std::uint16_t>(rings_->avail_index + 1);
  smp_mb();  // the device sees the new index before its wish is read
  return (load_once(rings_->used_flags) & VRING_USED_F_NO_NOTIFY) == 0;
}

bool virtqueue::take_used(std::uint32_t& head) {
  if (load_once(rings_->used_index) == last_used_) return false;
  smp_rmb();
  head = load_once(rings_->used[last_used_ % size_].id);
  ++last_used_;
  return true;
}

void virtqueue::free_chain(unsigned head) {
  unsigned tail = head;
  unsigned length = 1;
  for (; (desc_[tail].flags & VRING_DESC_F_NEXT) != 0; tail = desc_[tail].next) ++length;
  desc_[tail].next = free_head_;
  free_head_ = static_cast<std::uint16_t>(head);
  nr_free_ += length;
}
