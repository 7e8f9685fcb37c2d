// SPDX-License-Identifier: Apache-2.0
// The virtio-blk driver: finding devices, coming to terms with them, requests in flight, and what
// becomes of requests when a device fails.

#include "sw/kernel/drivers/virtio_blk.h"

#include <gtest/gtest.h>
#include <libfdt.h>

#include <memory>

#include "sw/kernel/block/block_device.h"
#include "sw/kernel/errno.h"
#include "tests/firmware/drivers/fake_virtio.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uint64_t kSlot = 0x1000'1000;
constexpr std::uint32_t kDriverOk = 4;
constexpr std::uint32_t kFailed = 128;

struct VirtioBlk : ::testing::Test {
  Machine machine;
  std::vector<std::unique_ptr<FakeVirtio>> fakes;

  ~VirtioBlk() override { static_cast<void>(take_messages()); }

  // A device in slot `slot`, which works while the kernel sleeps.
  FakeVirtio& add_device(unsigned slot, std::uint64_t pages = 256) {
    fakes.push_back(std::make_unique<FakeVirtio>(kSlot + slot * 0x1000, 1 + slot, pages));
    FakeVirtio& added = *fakes.back();
    machine.add_device([&added] { return (added.status() & kDriverOk) != 0 && added.work(); });
    return added;
  }

  // Lets the driver look at a tree that lists the devices in the order in which they were added.
  void probe() {
    std::vector<char> tree(8192);
    void* const fdt = tree.data();
    fdt_create(fdt, static_cast<int>(tree.size()));
    fdt_finish_reservemap(fdt);
    fdt_begin_node(fdt, "");
    fdt_property_u32(fdt, "#address-cells", 2);
    fdt_property_u32(fdt, "#size-cells", 2);
    for (const auto& fake : fakes) {
      const fdt32_t reg[4] = {0, cpu_to_fdt32(static_cast<std::uint32_t>(fake->base())), 0,
                              cpu_to_fdt32(0x1000)};
      fdt_begin_node(fdt, ("virtio_mmio@" + std::to_string(fake->base())).c_str());
      fdt_property_string(fdt, "compatible", "virtio,mmio");
      fdt_property(fdt, "reg", reg, sizeof(reg));
      fdt_property_u32(fdt, "interrupts", fake->irq());
      fdt_end_node(fdt);
    }
    fdt_end_node(fdt);
    fdt_finish(fdt);
    virtio_blk_init(*lib::Fdt::open(tree.data()));
  }

  // The device that the driver made of the only one there is.
  block_device& only_disk() {
    probe();
    block_device* disk = find_block_device("vda");
    EXPECT_NE(disk, nullptr) << take_messages();
    return *disk;
  }
};

// A request with pages of its own.
class Transfer {
 public:
  Transfer(block_device& disk, req_op op, std::uint64_t first, unsigned pages = 1)
      : request_(bio_alloc(disk, op, first * PAGE_SECTORS)) {
    for (unsigned i = 0; i < pages; ++i) {
      pages_.push_back(alloc_pages(GFP_KERNEL, 0));
      EXPECT_TRUE(bio_add_page(request_, *pages_.back()));
    }
    request_.end_io = end;
    request_.private_ = this;
  }
  ~Transfer() {
    EXPECT_TRUE(ended_);
    bio_put(request_);
    for (page* p : pages_) {
      put_page(p);
    }
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void submit() { submit_bio(request_); }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] int status() const { return request_.status; }
  [[nodiscard]] std::uint64_t* words(unsigned page_number) {
    return static_cast<std::uint64_t*>(page_address(pages_[page_number]));
  }

 private:
  static void end(bio& b) {
    auto& self = *static_cast<Transfer*>(b.private_);
    EXPECT_FALSE(self.ended_) << "a request ends once";
    self.ended_ = true;
  }

  bio& request_;
  std::vector<page*> pages_;
  bool ended_ = false;
};

TEST_F(VirtioBlk, devices_are_taken_by_what_they_are_in_the_order_of_their_addresses) {
  FakeVirtio& last = add_device(6, 300);
  add_device(5).magic = 1;
  add_device(4).version = 1;
  add_device(3).device_id = 0;
  add_device(2).device_id = 1;
  FakeVirtio& first = add_device(1, 200);
  last.features |= FakeVirtio::kReadOnly;
  probe();
  const block_device* vda = find_block_device("vda");
  const block_device* vdb = find_block_device("vdb");
  ASSERT_NE(vda, nullptr);
  ASSERT_NE(vdb, nullptr);
  EXPECT_EQ(find_block_device("vdc"), nullptr);
  EXPECT_EQ(vda->sectors, 200 * PAGE_SECTORS);
  EXPECT_FALSE(vda->read_only);
  EXPECT_EQ(vdb->sectors, 300 * PAGE_SECTORS);
  EXPECT_TRUE(vdb->read_only);
  EXPECT_EQ(first.status(), 15u) << "acknowledged, driver, features, ready";
  const std::string messages = take_messages();
  EXPECT_NE(messages.find("virtio: 0x10006000 has magic number 0x1"), std::string::npos);
  EXPECT_NE(messages.find("virtio: 0x10005000 has version 1"), std::string::npos);
  EXPECT_EQ(messages.find("0x10004000"), std::string::npos) << "an empty slot is no error";
}

TEST_F(VirtioBlk, device_that_cannot_be_used_is_reported_and_told) {
  struct Case {
    void (*spoil)(FakeVirtio& device);
    const char* why;
  };
  const Case cases[] = {
      {[](FakeVirtio& d) { d.features &= ~FakeVirtio::kVersion1; }, "does not accept the features"},
      {[](FakeVirtio& d) { d.accepts_features = false; }, "does not accept the features"},
      {[](FakeVirtio& d) { d.seg_max = 31; }, "too few segments"},
      {[](FakeVirtio& d) { d.queue_num_max = 0; }, "queue cannot be set up"},
      {[](FakeVirtio& d) { d.queue_num_max = 32; }, "queue is too short"},
  };
  unsigned slot = 0;
  for (const Case& c : cases) {
    c.spoil(add_device(slot++));
  }
  probe();
  EXPECT_EQ(next_block_device(nullptr), nullptr);
  const std::string messages = take_messages();
  for (unsigned i = 0; i < slot; ++i) {
    EXPECT_NE(messages.find(cases[i].why), std::string::npos);
    EXPECT_NE(fakes[i]->status() & kFailed, 0u);
  }
}

TEST_F(VirtioBlk, requests_in_flight_end_in_the_order_of_the_device) {
  FakeVirtio& fake = add_device(0);
  block_device& disk = only_disk();
  Transfer a(disk, req_op::read, 3);
  Transfer b(disk, req_op::write, 4);
  Transfer c(disk, req_op::read, 5, 2);
  b.words(0)[0] = 77;
  a.submit();
  b.submit();
  c.submit();
  EXPECT_EQ(fake.available(), 3u);
  EXPECT_EQ(fake.notifications(), 3u);
  EXPECT_FALSE(a.ended() || b.ended() || c.ended());
  EXPECT_TRUE(fake.work());
  EXPECT_TRUE(a.ended() && b.ended() && c.ended());
  EXPECT_EQ(a.status() | b.status() | c.status(), 0);
  EXPECT_EQ(a.words(0)[511], 3u);
  EXPECT_EQ(fake.page_at(4)[0], 77u);
  EXPECT_EQ(c.words(0)[0], 5u);
  EXPECT_EQ(c.words(1)[0], 6u);
}

TEST_F(VirtioBlk, requests_beyond_the_queue_wait_and_are_all_served) {
  FakeVirtio& fake = add_device(0);
  fake.queue_num_max = 64;
  block_device& disk = only_disk();
  std::vector<std::unique_ptr<Transfer>> transfers;
  for (unsigned i = 0; i < 60; ++i) {
    transfers.push_back(std::make_unique<Transfer>(disk, req_op::read, i));
    transfers.back()->submit();
  }
  EXPECT_EQ(fake.available(), 21u) << "of three descriptors each";
  while (fake.work()) {
  }
  for (unsigned i = 0; i < 60; ++i) {
    EXPECT_TRUE(transfers[i]->ended());
    EXPECT_EQ(transfers[i]->words(0)[0], i);
  }
}

TEST_F(VirtioBlk, pages_that_adjoin_in_memory_share_a_descriptor) {
  FakeVirtio& fake = add_device(0);
  block_device& disk = only_disk();
  page* block = alloc_pages(GFP_KERNEL, 3);
  bio& b = bio_alloc(disk, req_op::read, 8 * PAGE_SECTORS);
  for (unsigned i = 0; i < 8; ++i) {
    ASSERT_TRUE(bio_add_page(b, block[i == 0 || i == 1 ? i : 9 - i]));
  }
  EXPECT_EQ(submit_bio_wait(b), 0);
  EXPECT_EQ(fake.longest_chain(), 9u) << "header, 0-1, 7, 6, 5, 4, 3, 2, status";
  const auto* words = static_cast<const std::uint64_t*>(page_address(block));
  EXPECT_EQ(words[0], 8u);
  EXPECT_EQ(words[512], 9u);
  EXPECT_EQ(words[7 * 512], 10u);
  EXPECT_EQ(words[2 * 512], 15u);
  free_pages(block, 3);
}

TEST_F(VirtioBlk, failed_request_is_an_io_error_and_the_next_works) {
  FakeVirtio& fake = add_device(0);
  block_device& disk = only_disk();
  fake.bad_sectors.insert(2 * PAGE_SECTORS);
  Transfer bad(disk, req_op::read, 2);
  Transfer good(disk, req_op::read, 3);
  bad.submit();
  good.submit();
  fake.work();
  EXPECT_EQ(bad.status(), -EIO);
  EXPECT_EQ(good.status(), 0);
}

TEST_F(VirtioBlk, flush_reaches_only_a_device_that_offers_it) {
  FakeVirtio& with = add_device(0);
  FakeVirtio& without = add_device(1);
  without.features &= ~FakeVirtio::kFlush;
  probe();
  const unsigned before = with.notifications();
  EXPECT_EQ(blkdev_issue_flush(*find_block_device("vda")), 0);
  EXPECT_EQ(with.notifications(), before + 1);
  EXPECT_EQ(blkdev_issue_flush(*find_block_device("vdb")), 0);
  EXPECT_EQ(without.notifications(), 0u);
}

TEST_F(VirtioBlk, device_that_polls_is_not_notified) {
  FakeVirtio& fake = add_device(0);
  fake.wants_notifications = false;
  block_device& disk = only_disk();
  Transfer t(disk, req_op::read, 0);
  t.submit();
  EXPECT_EQ(fake.notifications(), 0u);
  EXPECT_TRUE(fake.work());
  EXPECT_TRUE(t.ended());
}

TEST_F(VirtioBlk, indices_of_the_rings_wrap) {
  FakeVirtio& fake = add_device(0);
  fake.queue_num_max = 64;
  block_device& disk = only_disk();
  for (unsigned i = 0; i < 66000; ++i) {
    ASSERT_EQ(blkdev_issue_flush(disk), 0);
  }
  Transfer t(disk, req_op::read, 9);
  t.submit();
  fake.work();
  EXPECT_EQ(t.words(0)[0], 9u);
}

TEST_F(VirtioBlk, device_that_needs_a_reset_fails_all_requests_now_and_later) {
  FakeVirtio& fake = add_device(0);
  fake.queue_num_max = 64;
  block_device& disk = only_disk();
  std::vector<std::unique_ptr<Transfer>> transfers;
  for (unsigned i = 0; i < 30; ++i) {  // nine more than the queue takes
    transfers.push_back(std::make_unique<Transfer>(disk, req_op::read, i));
    transfers.back()->submit();
  }
  fake.stop();
  for (const auto& t : transfers) {
    EXPECT_TRUE(t->ended());
    EXPECT_EQ(t->status(), -EIO);
  }
  EXPECT_EQ(fake.status(), 0u) << "reset, so that it touches memory no more";
  Transfer later(disk, req_op::read, 0);
  later.submit();
  EXPECT_TRUE(later.ended());
  EXPECT_EQ(later.status(), -EIO);
  EXPECT_NE(take_messages().find("vda: the device needs a reset"), std::string::npos);
}

TEST_F(VirtioBlk, device_that_uses_what_it_was_not_given_is_given_up) {
  FakeVirtio& unused = add_device(0);
  FakeVirtio& outside = add_device(1);
  probe();
  Transfer a(*find_block_device("vda"), req_op::read, 0);
  Transfer b(*find_block_device("vdb"), req_op::read, 0);
  a.submit();
  b.submit();
  unused.use(5);
  EXPECT_EQ(a.status(), -EIO);
  EXPECT_EQ(unused.status(), 0u);
  EXPECT_FALSE(b.ended());
  outside.use(100000);
  EXPECT_EQ(b.status(), -EIO);
  EXPECT_EQ(outside.status(), 0u);
}

}  // namespace
}  // namespace faultline::test
