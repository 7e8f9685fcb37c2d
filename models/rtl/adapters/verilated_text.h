// SPDX-License-Identifier: Apache-2.0
#pragma once

// Included before everything else by verilated code and by verilator's runtime: what they print
// goes through here, since the text of a failed assertion comes that way.

/// As printf().
extern "C" int faultline_rtl_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));
#define VL_PRINTF faultline_rtl_printf
