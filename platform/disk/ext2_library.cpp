// SPDX-License-Identifier: Apache-2.0
#include "platform/disk/ext2_library.h"

#include <fmt/format.h>

#include "platform/loader/load_error.h"

namespace faultline {

void require_ext2(errcode_t code, const std::string& what) {
  if (code == 0) return;
  // The table of messages is global to the library; adding it again does nothing.
  initialize_ext2_error_table();
  throw LoadError(fmt::format("{}: {}", what, error_message(code)));
}

Ext2Handle open_ext2(const DiskMedium& medium, const std::string& name) {
  ext2_filsys fs = nullptr;
  require_ext2(
      ext2fs_open(medium.path().c_str(), EXT2_FLAG_SOFTSUPP_FEATURES, 0, 0, unix_io_manager, &fs),
      name);
  Ext2Handle handle(fs);
  require_ext2(ext2fs_read_bitmaps(fs), name);
  return handle;
}

}  // namespace faultline
