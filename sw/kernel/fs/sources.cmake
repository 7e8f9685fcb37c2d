# SPDX-License-Identifier: Apache-2.0
# The file systems without what they ask of tasks and devices, relative to the repository root: compiled for
# the guest by sw/, and for the host by tests/firmware.
set(KERNEL_FS_SOURCES
  sw/kernel/fs/d_path.cpp
  sw/kernel/fs/ext2/balloc.cpp
  sw/kernel/fs/ext2/block_map.cpp
  sw/kernel/fs/ext2/dir.cpp
  sw/kernel/fs/ext2/ialloc.cpp
  sw/kernel/fs/ext2/inode.cpp
  sw/kernel/fs/ext2/namei.cpp
  sw/kernel/fs/ext2/super.cpp
  sw/kernel/fs/file.cpp
  sw/kernel/fs/inode.cpp
  sw/kernel/fs/mount_disk.cpp
  sw/kernel/fs/namei.cpp
  sw/kernel/fs/open.cpp
  sw/kernel/fs/path_walk.cpp
  sw/kernel/fs/ramfs.cpp
  sw/kernel/fs/read_write.cpp
  sw/kernel/fs/super.cpp)
