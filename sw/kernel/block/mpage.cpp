// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/block/mpage.h"

#include <cstring>

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"

namespace {

void end_read(bio& b) {
  for (unsigned i = 0; i < b.nr_pages; ++i) {
    end_page_read(*b.pages[i], b.status == 0);
  }
  bio_put(b);
}

void end_write(bio& b) {
  for (unsigned i = 0; i < b.nr_pages; ++i) {
    end_page_writeback(*b.pages[i], b.status);
  }
  bio_put(b);
}

// Pages on their way to a device, with their places. No request is held while places are looked
// up, which may need requests of its own.
class page_run {
 public:
  explicit page_run(req_op op) : op_(op) {}
  ~page_run() { submit(); }
  page_run(const page_run&) = delete;
  page_run& operator=(const page_run&) = delete;

  void add(page& p, const block_map& map) {
    if (nr_ == BIO_MAX_PAGES) {
      submit();
    }
    pages_[nr_] = &p;
    places_[nr_++] = map;
  }

 private:
  // Starts the pages, adjoining ones in one request.
  void submit() {
    for (unsigned i = 0; i < nr_;) {
      bio& b = bio_alloc(*places_[i].bdev, op_, places_[i].sector);
      b.end_io = op_ == req_op::write ? end_write : end_read;
      do {
        static_cast<void>(bio_add_page(b, *pages_[i]));
        ++i;
      } while (i < nr_ && places_[i].bdev == b.bdev &&
               places_[i].sector == b.sector + b.nr_pages * PAGE_SECTORS);
      submit_bio(b);
    }
    nr_ = 0;
  }

  req_op op_;
  unsigned nr_ = 0;
  page* pages_[BIO_MAX_PAGES];
  block_map places_[BIO_MAX_PAGES];
};

// Reads pages of a file in ascending order; the file system is asked once for pages that adjoin.
class reader {
 public:
  reader(address_space& mapping, get_block_t get_block)
      : mapping_(mapping), get_block_(get_block), run_(req_op::read) {}

  // Adds a locked page to those to be read; a hole is read at once. `left`: so many pages are to be
  // read from this one on.
  int add(page& p, std::uint64_t left) {
    const int error = find_place(p.index, left);
    if (error != 0) {
      end_page_read(p, false);
    } else if (map_.bdev == nullptr) {
      clear_page(page_address(&p));
      end_page_read(p, true);
    } else {
      run_.add(p, map_);
    }
    return error;
  }

 private:
  // Makes map_ begin at page `index`.
  int find_place(std::uint64_t index, std::uint64_t left) {
    if (map_.nr_pages > 1) {
      map_.sector += PAGE_SECTORS;
      --map_.nr_pages;
      return 0;
    }
    map_ = {.bdev = nullptr, .sector = 0, .nr_pages = left};
    const int error = get_block_(mapping_, index, map_);
    if (error != 0 || map_.bdev == nullptr) {
      map_.nr_pages = 1;
    }
    return error;
  }

  address_space& mapping_;
  get_block_t get_block_;
  block_map map_ = {};  // of the page added last, and of those known to follow it
  page_run run_;
};

// What lies behind the end of the file is not the file's: zeros reach the device instead.
void zero_behind_end(const address_space& mapping, page& p) {
  const std::uint64_t start = p.index << PAGE_SHIFT;
  const std::uint64_t used = mapping.i_size > start ? mapping.i_size - start : 0;
  if (used < PAGE_SIZE) {
    std::memset(static_cast<unsigned char*>(page_address(&p)) + used, 0, PAGE_SIZE - used);
  }
}

struct writer {
  page_run run;
  get_block_t get_block;
};

// Adds a locked page to those to be written, and unlocks it.
int write_page(address_space& mapping, page& p, void* data) {
  writer& to = *static_cast<writer*>(data);
  block_map map = {.bdev = nullptr, .sector = 0, .nr_pages = 1};
  int error = to.get_block(mapping, p.index, map);
  if (error == 0 && map.bdev == nullptr) {
    error = -MM_EIO;
  }
  if (error == 0) {
    zero_behind_end(mapping, p);
    set_page_writeback(p);
  } else {
    mapping.wb_err = error;
  }
  unlock_page(&p);
  if (error == 0) {
    to.run.add(p, map);
  }
  return error;
}

}  // namespace

int mpage_read_folio(address_space& mapping, page& p, get_block_t get_block) {
  return reader(mapping, get_block).add(p, 1);
}

void mpage_readahead(address_space& mapping, std::uint64_t first, std::uint64_t nr,
                     get_block_t get_block) {
  reader pages(mapping, get_block);
  const std::uint64_t end = first + nr;
  for (std::uint64_t index = first; index < end; ++index) {
    static_cast<void>(pages.add(*mapping.i_pages.load(index), end - index));
  }
}

int mpage_writepage(address_space& mapping, page& p, get_block_t get_block) {
  writer to = {page_run(req_op::write), get_block};
  return write_page(mapping, p, &to);
}

int mpage_writepages(address_space& mapping, std::uint64_t first, std::uint64_t last,
                     get_block_t get_block) {
  writer to = {page_run(req_op::write), get_block};
  return write_cache_pages(mapping, first, last, write_page, &to);
}
