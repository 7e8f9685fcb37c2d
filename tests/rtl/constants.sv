// SPDX-License-Identifier: Apache-2.0

// Shows the constants of faultline_pkg to constants_test.cpp, which compares them with C++'s.
module constants (
    output logic [63:0] pte_v_o,
    output logic [63:0] pte_r_o,
    output logic [63:0] pte_w_o,
    output logic [63:0] pte_x_o,
    output logic [63:0] pte_u_o,
    output logic [63:0] pte_g_o,
    output logic [63:0] pte_a_o,
    output logic [63:0] pte_d_o,
    output logic [63:0] pte_reserved_o,
    output logic [63:0] pte_pbmt_o,
    output logic [63:0] pte_n_o,

    output logic [31:0] pte_ppn_shift_o,
    output logic [31:0] ppn_width_o,
    output logic [31:0] page_shift_o,
    output logic [31:0] vpn_bits_o,
    output logic [31:0] asid_width_o,
    output logic [31:0] max_reads_o,
    output logic [31:0] max_updates_o,
    output logic [31:0] max_levels_o,

    output logic [31:0] ptw_req_width_o,
    output logic [31:0] ptw_rsp_width_o,
    output logic [31:0] fence_width_o,
    output logic [31:0] check_req_width_o,
    output logic [31:0] mem_req_width_o,
    output logic [31:0] mem_rsp_width_o,
    output logic [31:0] ptw_trace_width_o,
    output logic [31:0] pointer_width_o,
    output logic [31:0] wc_count_width_o,
    output logic [31:0] wc_fenced_width_o,

    output logic [1:0] access_fetch_o,
    output logic [1:0] access_load_o,
    output logic [1:0] access_store_o,
    output logic [1:0] access_amo_o,

    output logic [1:0] priv_user_o,
    output logic [1:0] priv_supervisor_o,
    output logic [1:0] priv_machine_o,

    output logic [3:0] status_none_o,
    output logic [3:0] status_non_canonical_o,
    output logic [3:0] status_translation_o,
    output logic [3:0] status_reserved_encoding_o,
    output logic [3:0] status_misaligned_superpage_o,
    output logic [3:0] status_permission_o,
    output logic [3:0] status_access_flag_o,
    output logic [3:0] status_walk_access_fault_o,

    output logic [1:0] replace_lru_o,
    output logic [1:0] replace_tree_plru_o,
    output logic [1:0] replace_fifo_o,
    output logic [1:0] replace_random_o
);

  assign pte_v_o = faultline_pkg::PteV;
  assign pte_r_o = faultline_pkg::PteR;
  assign pte_w_o = faultline_pkg::PteW;
  assign pte_x_o = faultline_pkg::PteX;
  assign pte_u_o = faultline_pkg::PteU;
  assign pte_g_o = faultline_pkg::PteG;
  assign pte_a_o = faultline_pkg::PteA;
  assign pte_d_o = faultline_pkg::PteD;
  assign pte_reserved_o = faultline_pkg::PteReserved;
  assign pte_pbmt_o = faultline_pkg::PtePbmt;
  assign pte_n_o = faultline_pkg::PteN;

  assign pte_ppn_shift_o = faultline_pkg::PtePpnShift;
  assign ppn_width_o = faultline_pkg::PpnWidth;
  assign page_shift_o = faultline_pkg::PageShift;
  assign vpn_bits_o = faultline_pkg::VpnBits;
  assign asid_width_o = faultline_pkg::AsidWidth;
  assign max_reads_o = faultline_pkg::MaxReads;
  assign max_updates_o = faultline_pkg::MaxUpdates;
  assign max_levels_o = faultline_pkg::MaxLevels;

  assign ptw_req_width_o = $bits(faultline_pkg::ptw_req_t);
  assign ptw_rsp_width_o = $bits(faultline_pkg::ptw_rsp_t);
  assign fence_width_o = $bits(faultline_pkg::fence_t);
  assign check_req_width_o = $bits(faultline_pkg::check_req_t);
  assign mem_req_width_o = $bits(faultline_pkg::mem_req_t);
  assign mem_rsp_width_o = $bits(faultline_pkg::mem_rsp_t);
  assign ptw_trace_width_o = $bits(faultline_pkg::ptw_trace_t);
  assign pointer_width_o = $bits(faultline_pkg::pointer_t);
  assign wc_count_width_o = faultline_pkg::WcCountWidth;
  assign wc_fenced_width_o = faultline_pkg::WcFencedWidth;

  assign access_fetch_o = faultline_pkg::AccessFetch;
  assign access_load_o = faultline_pkg::AccessLoad;
  assign access_store_o = faultline_pkg::AccessStore;
  assign access_amo_o = faultline_pkg::AccessAmo;

  assign priv_user_o = faultline_pkg::PrivUser;
  assign priv_supervisor_o = faultline_pkg::PrivSupervisor;
  assign priv_machine_o = faultline_pkg::PrivMachine;

  assign status_none_o = faultline_pkg::StatusNone;
  assign status_non_canonical_o = faultline_pkg::StatusNonCanonical;
  assign status_translation_o = faultline_pkg::StatusTranslation;
  assign status_reserved_encoding_o = faultline_pkg::StatusReservedEncoding;
  assign status_misaligned_superpage_o = faultline_pkg::StatusMisalignedSuperpage;
  assign status_permission_o = faultline_pkg::StatusPermission;
  assign status_access_flag_o = faultline_pkg::StatusAccessFlag;
  assign status_walk_access_fault_o = faultline_pkg::StatusWalkAccessFault;

  assign replace_lru_o = faultline_pkg::ReplaceLru;
  assign replace_tree_plru_o = faultline_pkg::ReplaceTreePlru;
  assign replace_fifo_o = faultline_pkg::ReplaceFifo;
  assign replace_random_o = faultline_pkg::ReplaceRandom;

  // The widths that the package names, since not every tool has $bits of a bundle.
  if ($bits(faultline_pkg::ptw_req_t) != faultline_pkg::PtwReqWidth ||
      $bits(faultline_pkg::ptw_rsp_t) != faultline_pkg::PtwRspWidth ||
      $bits(faultline_pkg::check_req_t) != faultline_pkg::CheckReqWidth ||
      $bits(faultline_pkg::mem_req_t) != faultline_pkg::MemReqWidth ||
      $bits(faultline_pkg::mem_rsp_t) != faultline_pkg::MemRspWidth ||
      $bits(faultline_pkg::ptw_trace_t) != faultline_pkg::PtwTraceWidth ||
      $bits(faultline_pkg::pointer_t) != faultline_pkg::PointerWidth) begin : gen_bad_width
    $error("a bundle of faultline_pkg has not the width that the package names");
  end

endmodule
