// SPDX-License-Identifier: Apache-2.0
#pragma once

// libext2fs as C++ uses it: owners for its handles and exceptions for its error codes.

#include <memory>
#include <string>

#include "models/dev/disk_medium.h"

extern "C" {
#include <ext2fs/ext2fs.h>
}

namespace faultline {

/// Frees a file system's handle without writing anything.
struct Ext2Free {
  void operator()(struct_ext2_filsys* fs) const { ext2fs_free(fs); }
};
using Ext2Handle = std::unique_ptr<struct_ext2_filsys, Ext2Free>;

/// Throws LoadError "<what>: <the library's reason>" unless `code` is 0.
void require_ext2(errcode_t code, const std::string& what);

/// The file system on a medium, opened for reading, with its bitmaps. `name` begins the message of
/// the LoadError that says why there is none.
[[nodiscard]] Ext2Handle open_ext2(const DiskMedium& medium, const std::string& name);

}  // namespace faultline
