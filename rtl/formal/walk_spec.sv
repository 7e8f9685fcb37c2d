// SPDX-License-Identifier: Apache-2.0

// What a walk has to answer: RISC-V Privileged 1.12, 4.3.2 (4.4 and 4.5 for Sv48 and Sv57) as one
// combinational function of the request and of what its reads found, without states or cycles.
// Written from the text, apart from ptw.sv, which the proofs compare with it. The walk begins at
// `first_level_i`, below a pointer from a walk cache or at the root, and reads a level only if all
// above are pointers.
module walk_spec #(
    parameter int unsigned Levels = 3
) (
    input faultline_pkg::ptw_req_t req_i,
    input logic [2:0]              first_level_i,
    input logic [43:0]             first_table_i,
    input logic                    first_global_i,
    // By level: the entry that was read, and whether PMP, PMA or memory refused the read.
    input logic [Levels*64-1:0]    entries_i,
    input logic [Levels-1:0]       failed_i,

    output faultline_pkg::status_e status_o,        // but for what happens to the update
    output logic [2:0]             level_o,         // where the walk ends
    output logic [63:0]            leaf_o,          // the entry that ends it, as it was read
    output logic                   needs_update_o,  // A, or D of a store, is to be set in it
    output logic [63:0]            updated_o,       // its value then
    output logic                   is_global_o,
    output logic [Levels-1:0]      visited_o,       // the levels that are read
    output logic [Levels-1:0]      pointer_o,       // their entries that lead on
    output logic [Levels*56-1:0]   address_o,       // of the entry of each visited level
    output logic [Levels-1:0]      global_above_o   // a visited pointer above, or the first, was global
);

  logic is_store;
  assign is_store = req_i.access == faultline_pkg::AccessStore ||
                    req_i.access == faultline_pkg::AccessAmo;

  // 4.4.1: bits 63 to VaBits-1 are equal.
  logic signed [63:0] upper;
  assign upper = $signed(req_i.addr) >>> (11 + 9 * (32'(req_i.root_level) + 1));

  always_comb begin : comb_walk
    logic ended, v, r, w, x, u, g, a, d, right, domain;
    logic [43:0] ppn;
    logic [63:0] e;

    status_o       = faultline_pkg::StatusNone;
    level_o        = req_i.root_level;
    leaf_o         = '0;
    needs_update_o = 1'b0;
    is_global_o    = first_global_i;
    visited_o      = '0;
    pointer_o      = '0;
    address_o      = '0;
    global_above_o = '0;
    ppn            = first_table_i;
    ended          = upper != 64'sd0 && upper != -64'sd1;
    if (ended) status_o = faultline_pkg::StatusNonCanonical;

    for (int l = Levels - 1; l >= 0; l--) begin
      e = entries_i[64*l+:64];
      {d, a, g, u, x, w, r, v} = e[7:0];
      right = req_i.access == faultline_pkg::AccessFetch ? x :
              req_i.access == faultline_pkg::AccessLoad  ? r | (req_i.mxr & x) : w;
      domain = req_i.priv == faultline_pkg::PrivUser ? u :
               !u | (req_i.sum & (req_i.access != faultline_pkg::AccessFetch));

      if (!ended && 3'(l) <= first_level_i) begin
        visited_o[l]         = 1'b1;
        address_o[56*l+:56]  = 56'(ppn) * 56'd4096 + 56'(9'(req_i.addr >> (12 + 9 * l))) * 56'd8;
        global_above_o[l]    = is_global_o;
        level_o              = 3'(l);
        leaf_o               = e;
        ended                = 1'b1;
        if (failed_i[l]) begin
          status_o = faultline_pkg::StatusWalkAccessFault;  // step 2
        end else if (!v) begin
          status_o = faultline_pkg::StatusTranslation;  // step 3
        end else if ((!r && w) || e[63:54] != '0) begin
          status_o = faultline_pkg::StatusReservedEncoding;  // step 3
        end else if (!r && !x) begin
          if (l == 0 || d || a || u) begin
            status_o = faultline_pkg::StatusReservedEncoding;  // step 4; 4.3.1
          end else begin
            pointer_o[l] = 1'b1;
            ended        = 1'b0;
            ppn          = e[53:10];
            is_global_o  = is_global_o | g;
          end
        end else if (!right || !domain) begin
          status_o = faultline_pkg::StatusPermission;  // step 5
        end else if ((e[53:10] & 44'((64'd1 << (9 * l)) - 64'd1)) != '0) begin
          status_o = faultline_pkg::StatusMisalignedSuperpage;  // step 6
        end else begin
          needs_update_o = !a || (is_store && !d);  // step 7
          if (needs_update_o && !req_i.adue) status_o = faultline_pkg::StatusAccessFlag;
          is_global_o = is_global_o | g;
        end
      end
    end
    updated_o = leaf_o | faultline_pkg::PteA | (is_store ? faultline_pkg::PteD : 64'd0);
  end

endmodule
