// SPDX-License-Identifier: Apache-2.0

// Claim: no two valid entries overlap, so at most one way can hit for any address and ASID, whatever
// pages of whatever levels are inserted by whichever ports, also in one cycle.
// Claim: an entry is in the set that its level indexes, where lookups and fences look for it.
module tlb_exclusive #(
    parameter int unsigned Levels   = 3,
    parameter int unsigned MinLevel = 0,
    parameter int unsigned MaxLevel = Levels - 1,
    parameter int unsigned Entries  = 4,
    parameter int unsigned Ways     = 2,
    parameter int unsigned Ports    = 2,
    parameter bit          Covers   = 1'b1
) (
    input logic rst_ni,

    input logic [Ports-1:0] insert_i,
    input logic [Ports-1:0] hit_i,
    // Registers of the TLB, by row: row way * Sets + set.
    input logic [Entries-1:0]                                       valid_i,
    input logic [Entries*faultline_pkg::VpnBits*Levels-1:0]         vpn_i,
    input logic [Entries*faultline_pkg::AsidWidth-1:0]              asid_i,
    input logic [Entries-1:0]                                       global_i,
    input logic [Entries*faultline_pkg::LevelWidth-1:0]             level_i
);

  localparam int unsigned Sets = Entries / Ways;
  localparam int unsigned VpnWidth = faultline_pkg::VpnBits * Levels;

  logic overlap, misplaced;
  always_comb begin : comb_rows
    logic [VpnWidth-1:0] a, b;
    logic [2:0] larger;
    overlap   = 1'b0;
    misplaced = 1'b0;
    for (int unsigned i = 0; i < Entries; i++) begin
      a = vpn_i[VpnWidth*i+:VpnWidth] >> (9 * 32'(level_i[3*i+:3]));
      if (valid_i[i] &&
          (32'(level_i[3*i+:3]) < MinLevel || 32'(level_i[3*i+:3]) > MaxLevel ||
           32'(a) % Sets != i % Sets)) begin
        misplaced = 1'b1;
      end
      for (int unsigned j = i + 1; j < Entries; j++) begin
        larger = level_i[3*i+:3] > level_i[3*j+:3] ? level_i[3*i+:3] : level_i[3*j+:3];
        a = vpn_i[VpnWidth*i+:VpnWidth] >> (9 * 32'(larger));
        b = vpn_i[VpnWidth*j+:VpnWidth] >> (9 * 32'(larger));
        if (valid_i[i] && valid_i[j] && a == b &&
            (global_i[i] || global_i[j] || asid_i[16*i+:16] == asid_i[16*j+:16])) begin
          overlap = 1'b1;
        end
      end
    end
  end

  always_comb begin : comb_claims
    if (rst_ni) begin
      assert (!overlap);
      assert (!misplaced);
      if (Covers) begin
        cover (valid_i == '1);
        cover (hit_i == '1);
        if (Ports > 1) cover (hit_i[0] && insert_i[Ports-1]);
      end
    end
  end

endmodule
