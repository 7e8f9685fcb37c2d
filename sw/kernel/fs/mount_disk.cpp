// SPDX-License-Identifier: Apache-2.0
// The disk's file system at /disk.

#include "sw/kernel/block/block_device.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"
#include "sw/kernel/fs/namei.h"
#include "sw/kernel/kernel.h"

void mount_disk() {
  constexpr std::string_view kMountPoint = "/disk";
  for (block_device* bdev = next_block_device(nullptr); bdev != nullptr;
       bdev = next_block_device(bdev)) {
    if (!ext2_probe(*bdev)) continue;
    const int made = vfs_mkdir(*root_inode(), kMountPoint, 0755);
    if (made != 0 && made != -EEXIST) panic("cannot make /disk (error %d)", -made);
    const lookup_result where = lookup_path(*root_inode(), kMountPoint, true);
    if (where.error == 0 && ext2_mount(*bdev, *where.node) == 0) {
      printk(log_level::info, "%s: ext2 file system at /disk\n", bdev->name);
      return;
    }
  }
}
