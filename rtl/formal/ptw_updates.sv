// SPDX-License-Identifier: Apache-2.0

// Claim: memory is written by compare-and-sets only, and there is none but
//   - for a request with Svadu (menvcfg.ADUE),
//   - of the leaf that the specification ends at, which this walk has read there, and which has
//     passed the checks of encoding, permission and alignment,
//   - if A, or D of a store, is clear in it,
//   - that expects the value that was read, and whose new value is that value with A, and D of a
//     store, set, and no other bit changed.
// A plain read carries no value.
module ptw_updates #(
    parameter int unsigned Levels = 3
) (
    input logic rst_ni,

    input logic                    mem_req_i,
    input faultline_pkg::mem_req_t mem_i,
    // Of ptw_history and walk_spec.
    input faultline_pkg::ptw_req_t req_i,
    input logic [Levels-1:0]       read_i,
    input faultline_pkg::status_e  spec_status_i,
    input logic [2:0]              spec_level_i,
    input logic [63:0]             leaf_i,
    input logic [Levels*56-1:0]    address_i
);

  logic is_store;
  logic [63:0] set;  // the bits that are set
  assign is_store = req_i.access == faultline_pkg::AccessStore ||
                    req_i.access == faultline_pkg::AccessAmo;
  assign set = faultline_pkg::PteA | (is_store ? faultline_pkg::PteD : 64'd0);

  logic leaf_read;
  logic [55:0] leaf_address;
  always_comb begin : comb_leaf
    leaf_read    = 1'b0;
    leaf_address = '0;
    for (int unsigned l = 0; l < Levels; l++) begin
      if (spec_level_i == 3'(l)) begin
        leaf_read    = read_i[l];
        leaf_address = address_i[56*l+:56];
      end
    end
  end

  always_comb begin : comb_claims
    if (rst_ni && mem_req_i) begin
      if (mem_i.is_cas) begin
        assert (req_i.adue);
        assert (spec_status_i == faultline_pkg::StatusNone && leaf_read);
        assert (mem_i.addr == leaf_address && mem_i.expected == leaf_i);
        assert (mem_i.desired == (leaf_i | set) && mem_i.desired != leaf_i);
      end else begin
        assert (mem_i.expected == '0 && mem_i.desired == '0);
      end
      cover (mem_i.is_cas && is_store && leaf_i[7:6] == 2'b01);  // D alone
      cover (mem_i.is_cas && is_store && leaf_i[7:6] == 2'b00);
      cover (mem_i.is_cas && !is_store);
      cover (!mem_i.is_cas && req_i.adue);
    end
  end

endmodule
