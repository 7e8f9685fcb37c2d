// SPDX-License-Identifier: Apache-2.0
// The faultline command. SystemC wants to be entered through sc_main; everything else is in
// platform/cli.

#include <cstdlib>
#include <systemc>

#include "platform/cli/commands.h"

int sc_main(int argc, char* argv[]) {
  return faultline::execute({argv + 1, argv + argc});
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
