// SPDX-License-Identifier: Apache-2.0
// The table of inodes in memory.

#include "sw/kernel/fs/inode.h"

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"

namespace {

constexpr std::size_t kBuckets = 256;
/// Inodes without references that are kept with their pages.
constexpr unsigned kMaxUnused = 1024;

list_head inode_hashtable[kBuckets];
list_head inode_lru;  // oldest first
unsigned nr_unused;

list_head& bucket_of(const super_block& sb, std::uint64_t ino) {
  const std::uint64_t key = reinterpret_cast<std::uintptr_t>(&sb) / alignof(super_block) + ino;
  return inode_hashtable[key % kBuckets];
}

inode* find_inode(const super_block& sb, std::uint64_t ino) {
  list_head& bucket = bucket_of(sb, ino);
  for (list_head* at = bucket.next; at != &bucket; at = at->next) {
    auto* const node = list_entry<inode, offsetof(inode, i_hash)>(at);
    if (node->i_sb == &sb && node->i_ino == ino) return node;
  }
  return nullptr;
}

inode* new_inode(super_block& sb, std::uint64_t ino) {
  inode* const node = sb.s_op->alloc_inode();
  if (node == nullptr) return nullptr;
  node->i_sb = &sb;
  node->i_ino = ino;
  node->i_count = 1;
  node->i_state = I_NEW;
  address_space_init(node->i_data, 0, nullptr);
  node->i_data.host = node;
  bucket_of(sb, ino).add(node->i_hash);
  sb.s_inodes.add_tail(node->i_sb_list);
  node->i_lru.init();
  return node;
}

void unlink_and_free(inode& node) {
  node.i_hash.remove();
  node.i_sb_list.remove();
  wake_up_var(&node.i_state);
  node.i_sb->s_op->free_inode(node);
}

/// Ends the life of an inode whose last reference is gone. While this sleeps, I_FREEING keeps
/// iget_locked() from handing the inode out.
void evict(inode& node) {
  node.i_state |= I_FREEING;
  if (node.i_nlink != 0) static_cast<void>(write_inode_now(node));
  truncate_inode_pages(node.i_data);
  const super_operations& operations = *node.i_sb->s_op;
  if (node.i_nlink == 0 && operations.evict_inode != nullptr) operations.evict_inode(node);
  unlink_and_free(node);
}

void evict_oldest() {
  auto* const node = list_entry<inode, offsetof(inode, i_lru)>(inode_lru.next);
  node->i_lru.remove_init();
  --nr_unused;
  evict(*node);
}

/// Takes a reference on an inode of the table, which may be among the unused.
void take(inode& node) {
  if (node.i_count++ == 0) {
    node.i_lru.remove_init();
    --nr_unused;
  }
}

}  // namespace

void inode_init() {
  for (list_head& bucket : inode_hashtable) bucket.init();
  inode_lru.init();
  nr_unused = 0;
}

inode* iget_locked(super_block& sb, std::uint64_t ino) {
  for (;;) {
    inode* const node = find_inode(sb, ino);
    if (node == nullptr) return new_inode(sb, ino);
    if ((node->i_state & (I_NEW | I_FREEING)) == 0) {
      take(*node);
      return node;
    }
    wait_on_var(&node->i_state);
  }
}

inode_ref igrab(inode& node) {
  take(node);
  return inode_ref(&node);
}

void unlock_new_inode(inode& node) {
  node.i_state &= ~std::uint32_t{I_NEW};
  wake_up_var(&node.i_state);
}

void iget_failed(inode& node) {
  unlink_and_free(node);
}

void iput(inode& node) {
  if (--node.i_count != 0) return;
  if (node.i_nlink == 0) {
    evict(node);
    return;
  }
  inode_lru.add_tail(node.i_lru);
  if (++nr_unused > kMaxUnused) evict_oldest();
}

void mark_inode_dirty(inode& node) {
  node.i_state |= I_DIRTY;
}

int write_inode(inode& node) {
  const super_operations& operations = *node.i_sb->s_op;
  if ((node.i_state & I_DIRTY) == 0 || operations.write_inode == nullptr) return 0;
  node.i_state &= ~std::uint32_t{I_DIRTY};
  return operations.write_inode(node);
}

void prune_icache() {
  while (!inode_lru.empty()) evict_oldest();
}
