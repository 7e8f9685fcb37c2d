// SPDX-License-Identifier: Apache-2.0
// Checks what a program may expect of the system calls on files: results, contents, errors. Made
// for the file system in memory and that of the disk alike.

#include <sys/stat.h>

#include <cerrno>

#include "sw/programs/filecalls/filecalls.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"

namespace program::filecalls {

Checks checks("filecalls");

bool fails(long result, int error) {
  return result == -1 && errno == error;
}

}  // namespace program::filecalls

int main(int argc, char** argv) {
  using namespace program;
  using namespace program::filecalls;
  const Options options(argc, argv, {"dir", "full"},
                        "usage: filecalls [--dir PATH] [--full yes|no]\n"
                        "Checks the system calls on files in directory PATH (/tmp); --full yes\n"
                        "also fills the file system to its end.\n");
  const std::string directory = std::string(options.text("dir", "/tmp")) + "/filecalls";
  checks.expect(mkdir(directory.c_str(), 0755) == 0, "mkdir");
  check_content(directory);
  check_tree(directory);
  check_mappings(directory);
  if (options.choice("full", {"no", "yes"}) == 1) check_full_device(directory);
  check_streams();
  checks.expect(rmdir(directory.c_str()) == 0, "everything that was made was removed");
  return checks.finish();
}
