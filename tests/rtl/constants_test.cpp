// SPDX-License-Identifier: Apache-2.0
// The RTL's package has the numbers that the C++ models have.

#include <gtest/gtest.h>

#include <limits>

#include "Vconstants.h"
#include "models/common/replacement.h"
#include "models/common/types.h"
#include "models/mmu/abort.h"
#include "models/mmu/params.h"
#include "models/mmu/pte.h"
#include "models/mmu/sv_format.h"
#include "models/mmu/walk_record.h"
#include "models/rtl/adapters/bundles.h"

namespace faultline {
namespace {

class RtlConstants : public ::testing::Test {
 protected:
  RtlConstants() { rtl_.eval(); }
  Vconstants rtl_;
};

TEST_F(RtlConstants, fields_of_an_entry_are_the_models) {
  EXPECT_EQ(rtl_.pte_v_o, kPteV);
  EXPECT_EQ(rtl_.pte_r_o, kPteR);
  EXPECT_EQ(rtl_.pte_w_o, kPteW);
  EXPECT_EQ(rtl_.pte_x_o, kPteX);
  EXPECT_EQ(rtl_.pte_u_o, kPteU);
  EXPECT_EQ(rtl_.pte_g_o, kPteG);
  EXPECT_EQ(rtl_.pte_a_o, kPteA);
  EXPECT_EQ(rtl_.pte_d_o, kPteD);
  EXPECT_EQ(rtl_.pte_reserved_o, kPteReserved);
  EXPECT_EQ(rtl_.pte_pbmt_o, kPtePbmt);
  EXPECT_EQ(rtl_.pte_n_o, kPteN);
  EXPECT_EQ(rtl_.pte_ppn_shift_o, kPtePpnShift);
  EXPECT_EQ(rtl_.ppn_width_o, kPtePpnBits);
}

TEST_F(RtlConstants, widths_and_limits_are_the_models) {
  EXPECT_EQ(rtl_.page_shift_o, kPageShift);
  EXPECT_EQ(rtl_.vpn_bits_o, Sv39::kVpnBits);
  EXPECT_EQ(rtl_.asid_width_o, static_cast<unsigned>(std::numeric_limits<Asid>::digits));
  EXPECT_EQ(rtl_.max_reads_o, WalkRecord::kMaxReads);
  EXPECT_EQ(rtl_.max_updates_o, WalkRecord::kMaxUpdates);
  EXPECT_EQ(rtl_.max_levels_o, WalkCacheParams::kMaxLevels);
}

TEST_F(RtlConstants, bundles_are_as_wide_as_the_adapters_take_them) {
  EXPECT_EQ(rtl_.ptw_req_width_o, RequestStruct::kWidth);
  EXPECT_EQ(rtl_.ptw_rsp_width_o, ResponseStruct::kWidth);
  EXPECT_EQ(rtl_.fence_width_o, FenceStruct::kWidth);
  EXPECT_EQ(rtl_.check_req_width_o, CheckStruct::kWidth);
  EXPECT_EQ(rtl_.mem_req_width_o, MemoryStruct::kWidth);
  EXPECT_EQ(rtl_.mem_rsp_width_o, MemoryResponseStruct::kWidth);
  EXPECT_EQ(rtl_.ptw_trace_width_o, TraceStruct::kWidth);
  EXPECT_EQ(rtl_.pointer_width_o, PointerStruct::kWidth);
  EXPECT_EQ(rtl_.wc_count_width_o, kWalkCacheCountWidth);
  EXPECT_EQ(rtl_.wc_fenced_width_o, kWalkCacheFencedWidth);
}

TEST_F(RtlConstants, accesses_are_encoded_as_in_the_models) {
  EXPECT_EQ(AccessType{rtl_.access_fetch_o}, AccessType::Fetch);
  EXPECT_EQ(AccessType{rtl_.access_load_o}, AccessType::Load);
  EXPECT_EQ(AccessType{rtl_.access_store_o}, AccessType::Store);
  EXPECT_EQ(AccessType{rtl_.access_amo_o}, AccessType::Amo);
}

TEST_F(RtlConstants, privileges_are_encoded_as_in_the_models) {
  EXPECT_EQ(Privilege{rtl_.priv_user_o}, Privilege::User);
  EXPECT_EQ(Privilege{rtl_.priv_supervisor_o}, Privilege::Supervisor);
  EXPECT_EQ(Privilege{rtl_.priv_machine_o}, Privilege::Machine);
}

TEST_F(RtlConstants, statuses_are_encoded_as_in_the_models) {
  EXPECT_EQ(AbortStatus{rtl_.status_none_o}, AbortStatus::None);
  EXPECT_EQ(AbortStatus{rtl_.status_non_canonical_o}, AbortStatus::NonCanonical);
  EXPECT_EQ(AbortStatus{rtl_.status_translation_o}, AbortStatus::Translation);
  EXPECT_EQ(AbortStatus{rtl_.status_reserved_encoding_o}, AbortStatus::ReservedEncoding);
  EXPECT_EQ(AbortStatus{rtl_.status_misaligned_superpage_o}, AbortStatus::MisalignedSuperpage);
  EXPECT_EQ(AbortStatus{rtl_.status_permission_o}, AbortStatus::Permission);
  EXPECT_EQ(AbortStatus{rtl_.status_access_flag_o}, AbortStatus::AccessFlag);
  EXPECT_EQ(AbortStatus{rtl_.status_walk_access_fault_o}, AbortStatus::WalkAccessFault);
}

TEST_F(RtlConstants, replacement_policies_are_encoded_as_in_the_models) {
  EXPECT_EQ(ReplacementKind{rtl_.replace_lru_o}, ReplacementKind::Lru);
  EXPECT_EQ(ReplacementKind{rtl_.replace_tree_plru_o}, ReplacementKind::TreePlru);
  EXPECT_EQ(ReplacementKind{rtl_.replace_fifo_o}, ReplacementKind::Fifo);
  EXPECT_EQ(ReplacementKind{rtl_.replace_random_o}, ReplacementKind::Random);
}

}  // namespace
}  // namespace faultline
