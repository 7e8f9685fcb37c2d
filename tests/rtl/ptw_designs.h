// SPDX-License-Identifier: Apache-2.0
#pragma once

// The designs of `ptw` that are tested, with the parameters that CMakeLists.txt gives them, each
// with the formats that it walks.

#include <gtest/gtest.h>

#include "Vptw.h"
#include "Vptw_long_steps.h"
#include "Vptw_no_cache.h"
#include "models/mmu/sv_format.h"
#include "tests/rtl/ptw_bench.h"

namespace faultline {

template <typename Format>
using LargestPtw = PtwDesign<Vptw, Format>;
template <typename Format>
using PtwWithoutCaches = PtwDesign<Vptw_no_cache, Format, 1, 0>;
template <typename Format>
using PtwOfLongSteps = PtwDesign<Vptw_long_steps, Format, 2, 3, 4, 5, 6, 7>;

using PtwDesigns =
    ::testing::Types<LargestPtw<Sv39>, LargestPtw<Sv48>, LargestPtw<Sv57>, PtwWithoutCaches<Sv39>,
                     PtwOfLongSteps<Sv39>, PtwOfLongSteps<Sv48>>;

}  // namespace faultline
