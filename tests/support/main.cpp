// SPDX-License-Identifier: Apache-2.0
// The entry of every test executable: GoogleTest under SystemC's main, with SystemC's warnings as
// failures.

#include <gtest/gtest.h>

#include <cstdlib>
#include <systemc>

namespace {

void fail_on_systemc_warning(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
  if (report.get_severity() != sc_core::SC_INFO) {
    ADD_FAILURE() << "SystemC: " << report.what();
  }
  sc_core::sc_report_handler::default_handler(report, actions & ~sc_core::SC_ABORT);
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  ::testing::InitGoogleTest(&argc, argv);
  sc_core::sc_report_handler::set_handler(fail_on_systemc_warning);
  return RUN_ALL_TESTS();
}

int main(int argc, char* argv[]) {
  return sc_core::sc_elab_and_sim(argc, argv);
}
