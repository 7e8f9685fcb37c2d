// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/mm/disk.h"

#include <cstring>

#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"

namespace faultline::test {

Disk::Disk(Machine& machine, const char* name, std::uint64_t pages) : content_(pages * PAGE_SIZE) {
  bdev_.name = name;
  bdev_.sectors = pages * PAGE_SECTORS;
  bdev_.submit = submit;
  bdev_.driver = this;
  register_block_device(bdev_);
  machine.add_device([this] { return progress(); });
}

void Disk::make_swap() {
  const auto last_page = static_cast<std::uint32_t>(content_.size() / PAGE_SIZE - 1);
  constexpr std::uint32_t kVersion = 1;
  std::memcpy(page_bytes(0) + 1024, &kVersion, 4);
  std::memcpy(page_bytes(0) + 1028, &last_page, 4);
  std::memcpy(page_bytes(0) + PAGE_SIZE - 10, "SWAPSPACE2", 10);
}

void Disk::submit(block_device& bdev, bio& b) {
  constexpr const char* kLetters = "rwf";
  Disk& self = *static_cast<Disk*>(bdev.driver);
  std::string text(1, kLetters[static_cast<unsigned>(b.op)]);
  if (b.op != req_op::flush) {
    text += " " + std::to_string(b.sector / PAGE_SECTORS) + "+" + std::to_string(b.nr_pages);
  }
  self.queue_.push_back({&b, self.log_.size()});
  self.log_.push_back(text);
}

bool Disk::progress() {
  if (queue_.empty()) {
    return false;
  }
  const Request request = queue_.front();
  bio& b = *request.b;
  queue_.pop_front();
  const std::uint64_t first = b.sector / PAGE_SECTORS;
  int status = 0;
  for (unsigned i = 0; i < b.nr_pages; ++i) {
    unsigned char* place = page_bytes(first + i);
    if (broken_.contains(first + i)) {
      status = -MM_EIO;
    } else if (b.op == req_op::read) {
      std::memcpy(page_address(b.pages[i]), place, PAGE_SIZE);
    } else {
      std::memcpy(place, page_address(b.pages[i]), PAGE_SIZE);
    }
  }
  ++(b.op == req_op::read ? reads_ : writes_);
  if (status != 0) {
    log_[request.log_entry] += "!";
  }
  bio_endio(b, status);
  return true;
}

std::string Disk::take_log() {
  std::string text;
  for (const std::string& entry : log_) {
    text += (text.empty() ? "" : "; ") + entry;
  }
  for (std::size_t i = 0; i < queue_.size(); ++i) {  // they end in the next log
    queue_[i].log_entry = i;
  }
  log_.assign(queue_.size(), "...");
  return text;
}

}  // namespace faultline::test
