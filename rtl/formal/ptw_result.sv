// SPDX-License-Identifier: Apache-2.0

// Claim: status, level, entry and global of each response are those of walk_spec, applied to the
// request and to what the reads of this walk found, for every format, address, access, privilege,
// SUM, MXR, ADUE, root, cached pointer and contents of memory, however often others change an entry
// in between. If the specification sets A or D, the response is the new entry if memory has stored
// it, and an access fault if memory or PMP/PMA refused that, or the eighth attempt was lost.
// Claim: exactly the entries are read that the specification reads, each where it says.
//
// By induction: in each state, table, level and global are where the pointers read so far lead.
module ptw_result #(
    parameter int unsigned Levels = 3,
    parameter bit          Covers = 1'b1
) (
    input logic rst_ni,

    input logic                    rsp_valid_i,
    input faultline_pkg::ptw_rsp_t rsp_i,
    input logic                    mem_req_i,
    input faultline_pkg::mem_req_t mem_i,

    // Of ptw_history.
    input logic                    open_i,
    input faultline_pkg::ptw_req_t req_i,
    input logic [2:0]              first_level_i,
    input logic [43:0]             first_table_i,
    input logic                    first_global_i,
    input logic [Levels-1:0]       read_i,
    input logic [Levels*64-1:0]    entries_i,
    input logic [Levels-1:0]       failed_i,
    input logic [3:0]              updates_i,
    input logic                    stored_i,
    input logic                    lost_i,
    input logic                    fault_i,

    // Of walk_spec.
    input faultline_pkg::status_e spec_status_i,
    input logic [2:0]             spec_level_i,
    input logic [63:0]            leaf_i,
    input logic                   needs_update_i,
    input logic [63:0]            updated_i,
    input logic                   is_global_i,
    input logic [Levels-1:0]      visited_i,
    input logic [Levels-1:0]      pointer_i,
    input logic [Levels*56-1:0]   address_i,
    input logic [Levels-1:0]      global_above_i,

    // Registers of the walker.
    input logic [3:0]  state_i,
    input logic [43:0] table_i,
    input logic [2:0]  level_i,
    input logic        global_i,
    input logic [2:0]  started_level_i,
    input logic [63:0] pte_i,
    input logic        error_i,
    input logic [3:0]  status_i
);

  logic updates, update_failed, good;
  assign updates       = spec_status_i == faultline_pkg::StatusNone && needs_update_i;
  assign update_failed = updates && !stored_i;
  assign good          = spec_status_i == faultline_pkg::StatusNone && !update_failed;

  // The walker's level as an index, and what the specification says of it.
  logic [55:0] address_here;
  logic visited_here, read_here, failed_here, pointer_here, global_here;
  logic [63:0] entry_here;
  logic [Levels-1:0] above, outside;  // of the levels: between it and the first; the others but it
  always_comb begin : comb_here
    address_here = '0;
    visited_here = 1'b0;
    read_here    = 1'b0;
    failed_here  = 1'b0;
    pointer_here = 1'b0;
    global_here  = 1'b0;
    entry_here   = '0;
    above        = '0;
    outside      = '0;
    for (int unsigned l = 0; l < Levels; l++) begin
      above[l] = 3'(l) > level_i && 3'(l) <= first_level_i;
      outside[l] = 3'(l) < level_i || 3'(l) > first_level_i;
      if (level_i == 3'(l)) begin
        address_here = address_i[56*l+:56];
        visited_here = visited_i[l];
        read_here    = read_i[l];
        failed_here  = failed_i[l];
        pointer_here = pointer_i[l];
        global_here  = global_above_i[l];
        entry_here   = entries_i[64*l+:64];
      end
    end
  end

  always_comb begin : comb_claims
    if (rst_ni && open_i) begin
      if (rsp_valid_i) begin
        assert (rsp_i.status == (update_failed ? faultline_pkg::StatusWalkAccessFault
                                               : spec_status_i));
        assert (rsp_i.level == spec_level_i);
        assert (rsp_i.pte == (!good ? 64'd0 : needs_update_i ? updated_i : leaf_i));
        assert (rsp_i.is_global == (good && is_global_i));
        assert (rsp_i.walk_cache_level == first_level_i);
        assert (!update_failed || fault_i || (lost_i && updates_i == 4'd8));
        assert (read_i == visited_i);
      end
      assert (!mem_req_i || (visited_here && mem_i.addr == address_here));

      if (Covers) begin
        for (int unsigned s = 0; s <= 7; s++) cover (rsp_valid_i && rsp_i.status == 4'(s));
        cover (rsp_valid_i && stored_i);
        cover (rsp_valid_i && good && updates_i == 4'd2);  // the first update was lost
        cover (rsp_valid_i && good && first_level_i == '0 && rsp_i.is_global && leaf_i[5] == 1'b0);
        for (int unsigned l = 0; l < Levels; l++) begin
          cover (rsp_valid_i && good && rsp_i.level == 3'(l));
        end
      end
    end
  end

  // ---- Invariants ----
  logic in_accept, in_look_up, in_issue, in_wait, in_decode, in_update, in_respond, underway;
  assign in_accept  = state_i == faultline_pkg::StAccept;
  assign in_look_up = state_i == faultline_pkg::StLookUp;
  assign in_issue   = state_i == faultline_pkg::StIssue;
  assign in_wait    = state_i == faultline_pkg::StWait;
  assign in_decode  = state_i == faultline_pkg::StDecode;
  assign in_update  = state_i == faultline_pkg::StUpdate || state_i == faultline_pkg::StUpdateWait;
  assign in_respond = state_i == faultline_pkg::StRespond;
  assign underway   = in_issue || in_wait || in_decode || in_update;

  always_comb begin : comb_invariants
    if (rst_ni && open_i) begin
      assert (started_level_i == first_level_i);
      assert (level_i <= first_level_i && first_level_i <= req_i.root_level);
      if (in_accept || in_look_up) begin
        assert (level_i == req_i.root_level && first_level_i == req_i.root_level);
        assert (table_i == req_i.root_ppn && first_table_i == req_i.root_ppn);
        assert (!global_i && !first_global_i);
        assert (read_i == '0 && updates_i == '0);
      end
      if (in_accept || in_look_up || underway) begin
        assert (!stored_i && !fault_i);
        assert (updates_i <= 4'd8);
        if (state_i == faultline_pkg::StUpdateWait) assert (!lost_i && updates_i != '0);
        else assert (lost_i == (updates_i != '0));
      end
      if (!in_accept && !in_respond) assert (spec_status_i != faultline_pkg::StatusNonCanonical);
      if (underway) begin
        assert ((above & ~(read_i & pointer_i)) == '0);  // all above are pointers
        assert ((outside & read_i) == '0);
        assert (visited_here && address_here[55:12] == table_i && global_here == global_i);
      end
      if ((in_issue || in_wait) && read_here) assert (lost_i && updates);  // it is read again
      if (in_decode || in_update) begin
        assert (read_here && pte_i == entry_here && error_i == failed_here);
      end
      if (in_update) assert (updates && !pointer_here);
      if (in_respond) begin
        assert (status_i == (update_failed ? faultline_pkg::StatusWalkAccessFault : spec_status_i));
        assert (level_i == spec_level_i && read_i == visited_i);
        assert (!update_failed || fault_i || (lost_i && updates_i == 4'd8));
        assert (!good || pte_i == (needs_update_i ? updated_i : leaf_i));
        assert (!good || (global_i || pte_i[5]) == is_global_i);
      end
    end
  end

endmodule
