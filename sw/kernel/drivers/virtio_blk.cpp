// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/drivers/virtio_blk.h"

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/block/block_device.h"
#include "sw/kernel/drivers/plic.h"
#include "sw/kernel/drivers/virtio_mmio.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/slab.h"

namespace {

constexpr std::uint32_t VIRTIO_ID_BLOCK = 2;
// Features (5.2.3).
constexpr std::uint64_t VIRTIO_BLK_F_SEG_MAX = 1u << 2;
constexpr std::uint64_t VIRTIO_BLK_F_RO = 1u << 5;
constexpr std::uint64_t VIRTIO_BLK_F_FLUSH = 1u << 9;
// Offsets in the configuration (5.2.4).
constexpr std::uintptr_t kConfigCapacity = 0;
constexpr std::uintptr_t kConfigSegMax = 12;
// Types of requests and the status of a request that succeeded (5.2.6).
constexpr std::uint32_t VIRTIO_BLK_T_IN = 0;
constexpr std::uint32_t VIRTIO_BLK_T_OUT = 1;
constexpr std::uint32_t VIRTIO_BLK_T_FLUSH = 4;
constexpr std::uint8_t VIRTIO_BLK_S_OK = 0;
/// Descriptors of a request: its header, its pages, its status.
constexpr unsigned kMostDescriptors = 1 + BIO_MAX_PAGES + 1;
constexpr unsigned kMostDevices = 26;  // vda to vdz

struct request_header {
  std::uint32_t type;
  std::uint32_t reserved;
  std::uint64_t sector;
};
static_assert(sizeof(request_header) == 16);

/// One request in flight; the device reads the header and writes the status.
struct request {
  request_header header;
  std::uint8_t status;
  bio* owner;  ///< null: not in use
};

class virtio_blk {
 public:
  /// Brings the device into use. False: it does not work, and why was reported.
  [[nodiscard]] bool start(virtio_device device, const char* name);
  [[nodiscard]] block_device& bdev() { return bdev_; }
  /// Serves the device's interrupt.
  void interrupt();

 private:
  static void submit_bio(block_device& bdev, bio& b);

  [[nodiscard]] const char* negotiate();
  void submit(bio& b);
  [[nodiscard]] bool has_room(const bio& b) const;
  void issue(bio& b);
  void complete_used();
  void issue_waiting();
  void stop(const char* why);
  void end_request(request& done, int status);

  block_device bdev_{};
  virtio_device device_;
  virtqueue queue_;
  bool can_flush_ = false;
  bool stopped_ = false;    // after an error of the device
  bio* waiting_ = nullptr;  // for room in the queue, oldest first
  bio* last_waiting_ = nullptr;
  request requests_[virtqueue::kMostDescriptors] = {};  // by name of the chain
};

std::uint64_t phys_of(const page& p) {
  return page_to_pfn(&p) << PAGE_SHIFT;
}

std::uint32_t type_of(req_op op) {
  switch (op) {
    case req_op::read:
      return VIRTIO_BLK_T_IN;
    case req_op::write:
      return VIRTIO_BLK_T_OUT;
    case req_op::flush:
      return VIRTIO_BLK_T_FLUSH;
  }
  return VIRTIO_BLK_T_IN;
}

bool virtio_blk::start(virtio_device device, const char* name) {
  device_ = device;
  bdev_.name = name;
  if (const char* const why = negotiate()) {
    printk(log_level::warning, "virtio_blk: %s is not usable: %s\n", name, why);
    device_.fail();
    return false;
  }
  bdev_.submit = submit_bio;
  bdev_.driver = this;
  device_.driver_ok();
  return true;
}

/// Comes to terms with the device; why not, or null.
const char* virtio_blk::negotiate() {
  std::uint64_t features = 0;
  if (!device_.negotiate(VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_RO | VIRTIO_BLK_F_FLUSH, features)) {
    return "it does not accept the features";
  }
  if ((features & VIRTIO_BLK_F_SEG_MAX) != 0 && device_.config32(kConfigSegMax) < BIO_MAX_PAGES) {
    return "it takes too few segments in a request";
  }
  if (!device_.setup_queue(queue_)) return "its queue cannot be set up";
  if (queue_.size() < kMostDescriptors) return "its queue is too short";
  bdev_.sectors = device_.config64(kConfigCapacity) & ~(PAGE_SECTORS - 1);
  bdev_.read_only = (features & VIRTIO_BLK_F_RO) != 0;
  can_flush_ = (features & VIRTIO_BLK_F_FLUSH) != 0;
  return nullptr;
}

void virtio_blk::submit_bio(block_device& bdev, bio& b) {
  static_cast<virtio_blk*>(bdev.driver)->submit(b);
}

void virtio_blk::submit(bio& b) {
  if (stopped_) {
    bio_endio(b, -EIO);
  } else if (b.op == req_op::flush && !can_flush_) {
    bio_endio(b, 0);  // the device has no cache that a flush would empty (5.2.6.2)
  } else if (waiting_ == nullptr && has_room(b)) {
    issue(b);
  } else {
    b.next = nullptr;
    (waiting_ == nullptr ? waiting_ : last_waiting_->next) = &b;
    last_waiting_ = &b;
  }
}

bool virtio_blk::has_room(const bio& b) const {
  return queue_.free_descriptors() >= b.nr_pages + 2;
}

void virtio_blk::issue(bio& b) {
  request& r = requests_[queue_.next_chain()];
  r = {.header = {type_of(b.op), 0, b.sector}, .status = VIRTIO_BLK_S_OK, .owner = &b};
  queue_.begin_chain(virt_to_phys(&r.header), sizeof(r.header), 0);
  const std::uint16_t direction = b.op == req_op::read ? VRING_DESC_F_WRITE : 0;
  for (unsigned i = 0; i < b.nr_pages;) {
    const std::uint64_t start = phys_of(*b.pages[i]);
    std::uint32_t bytes = 0;
    do {
      bytes += PAGE_SIZE;
      ++i;
    } while (i < b.nr_pages && phys_of(*b.pages[i]) == start + bytes);
    queue_.append(start, bytes, direction);
  }
  queue_.append(virt_to_phys(&r.status), sizeof(r.status), VRING_DESC_F_WRITE);
  if (queue_.publish_chain()) device_.notify();
}

void virtio_blk::interrupt() {
  const std::uint32_t reasons = device_.acknowledge_interrupt();
  if (stopped_) return;
  complete_used();
  if ((reasons & VIRTIO_MMIO_INT_CONFIG) != 0 && device_.needs_reset()) {
    stop("the device needs a reset");
  }
  issue_waiting();
}

void virtio_blk::complete_used() {
  std::uint32_t head = 0;
  while (!stopped_ && queue_.take_used(head)) {
    if (head >= queue_.size() || requests_[head].owner == nullptr) {
      stop("the device has used what it was not given");
      return;
    }
    queue_.free_chain(head);
    end_request(requests_[head], requests_[head].status == VIRTIO_BLK_S_OK ? 0 : -EIO);
  }
}

void virtio_blk::issue_waiting() {
  while (waiting_ != nullptr && has_room(*waiting_)) {
    bio& b = *waiting_;
    waiting_ = b.next;
    issue(b);
  }
}

/// Gives the device up: all requests fail, now and later.
void virtio_blk::stop(const char* why) {
  printk(log_level::error, "virtio_blk: %s: %s\n", bdev_.name, why);
  stopped_ = true;
  device_.reset();
  for (request& r : requests_) {
    if (r.owner != nullptr) end_request(r, -EIO);
  }
  while (waiting_ != nullptr) {
    bio& b = *waiting_;
    waiting_ = b.next;
    bio_endio(b, -EIO);
  }
}

void virtio_blk::end_request(request& done, int status) {
  bio& b = *done.owner;
  done.owner = nullptr;
  bio_endio(b, status);
}

void on_interrupt(void* context) {
  static_cast<virtio_blk*>(context)->interrupt();
}

/// Where a device is and how it interrupts.
struct device_place {
  lib::FdtRange registers;
  std::uint32_t irq;
};

/// Inserts a place into a list ordered by address.
void insert_place(device_place (&places)[kMostDevices], unsigned& nr, const device_place& added) {
  unsigned at = nr++;
  for (; at != 0 && places[at - 1].registers.base > added.registers.base; --at) {
    places[at] = places[at - 1];
  }
  places[at] = added;
}

/// All virtio devices of the tree, ordered by address: machines list them in either direction.
unsigned find_places(const lib::Fdt& tree, device_place (&places)[kMostDevices]) {
  unsigned nr = 0;
  std::optional<lib::FdtNode> node = tree.next_compatible("virtio,mmio", nullptr);
  for (; node && nr < kMostDevices; node = tree.next_compatible("virtio,mmio", &*node)) {
    const auto registers = tree.reg(*node, 0);
    const auto interrupts = tree.property(*node, "interrupts");
    const auto irq = interrupts ? interrupts->cells(0, 1) : std::nullopt;
    if (registers && irq) {
      insert_place(places, nr, {*registers, static_cast<std::uint32_t>(*irq)});
    }
  }
  return nr;
}

/// Registers the device if it is a block device that works; true then.
bool probe(const device_place& place, const char* name) {
  const virtio_device device(mmio_region(ioremap(place.registers.base, place.registers.size)));
  if (device.device_id(place.registers.base) != VIRTIO_ID_BLOCK) return false;
  void* const memory = kmalloc(sizeof(virtio_blk));
  if (memory == nullptr) panic("no memory for a block device");
  auto& disk = *::new (memory) virtio_blk;
  if (!disk.start(device, name)) return false;
  if (!request_irq(place.irq, on_interrupt, &disk)) {
    printk(log_level::warning, "virtio_blk: %s cannot interrupt\n", name);
    return false;
  }
  register_block_device(disk.bdev());
  printk(log_level::info, "virtio_blk: %s at 0x%lx: %lu KiB%s\n", name, place.registers.base,
         disk.bdev().sectors / 2, disk.bdev().read_only ? ", read-only" : "");
  return true;
}

}  // namespace

void virtio_blk_init(const lib::Fdt& tree) {
  static char names[kMostDevices][4];
  device_place places[kMostDevices];
  const unsigned nr = find_places(tree, places);
  unsigned found = 0;
  for (unsigned i = 0; i < nr; ++i) {
    char(&name)[4] = names[found];
    name[0] = 'v';
    name[1] = 'd';
    name[2] = static_cast<char>('a' + found);
    if (probe(places[i], name)) ++found;
  }
}
