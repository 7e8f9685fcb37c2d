// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/function_name.h"

#include <gtest/gtest.h>

#include <tuple>

namespace faultline {
namespace {

class PlainName : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(PlainName, is_what_people_call_the_function) {
  const auto& [linkage, plain] = GetParam();
  EXPECT_EQ(plain_function_name(linkage), plain);
}

INSTANTIATE_TEST_SUITE_P(
    function_name, PlainName,
    ::testing::Values(
        std::tuple{"do_anonymous_page", "do_anonymous_page"},
        std::tuple{"do_fault.constprop.0", "do_fault"}, std::tuple{"trap_entry", "trap_entry"},
        std::tuple{"_Z17do_anonymous_pageP8vm_fault", "do_anonymous_page"},
        std::tuple{"_Z17do_anonymous_pageP8vm_fault.part.0", "do_anonymous_page"},
        std::tuple{"_Z17do_anonymous_pageP8vm_fault.cold", "do_anonymous_page"},
        std::tuple{"_ZN2mm8do_faultERNS_7VmFaultE", "do_fault"},
        std::tuple{"_ZNK2mm9page_list4sizeEv", "size"},             // const member
        std::tuple{"_ZN12_GLOBAL__N_14walkEm", "walk"},             // unnamed namespace
        std::tuple{"_ZN2mmL6helperEv", "helper"},                   // static
        std::tuple{"_Z3maxIiET_S0_S0_", "max"},                     // int max<int>(int, int)
        std::tuple{"_ZN3mapIiSt6vectorIiEE6insertERKi", "insert"},  // member of a template
        std::tuple{"_Z5applyPFivE", "apply"},                       // takes int (*)()
        std::tuple{"_ZN4PageC2Ev", "Page"}, std::tuple{"_ZN4PageD1Ev", "~Page"},
        std::tuple{"_ZN4PageclEi", "operator()"}, std::tuple{"_ZlsR4Pagei", "operator<<"},
        std::tuple{"_ZltRK4PageS1_", "operator<"}, std::tuple{"_ZNK4PagecvbEv", "operator bool"},
        std::tuple{"_ZZ4mainENKUlvE_clEv", "operator()"},  // lambda of main
        std::tuple{"_Zbroken", "_Zbroken"}, std::tuple{"", ""}));

}  // namespace
}  // namespace faultline
