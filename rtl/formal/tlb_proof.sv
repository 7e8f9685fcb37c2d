// SPDX-License-Identifier: Apache-2.0

// The TLB of rtl/tlb.sv with four entries, among ports that do whatever their protocol allows, with
// the checkers of the claims that are asked for (tlb_exclusive.sv, tlb_lookup.sv). Assumed, and
// nothing else:
//   - the reset lasts for the first cycle;
//   - a port looks up or inserts, not both;
//   - what is inserted has a canonical address and a level that the TLB holds.
module tlb_proof #(
    parameter int unsigned Levels   = 3,
    parameter int unsigned MinLevel = 0,
    parameter int unsigned MaxLevel = Levels - 1,
    parameter int unsigned Ways     = 2,
    parameter int unsigned Ports    = 2,
    parameter int unsigned Replace  = 0,    // replacement_e
    parameter bit          Lookup   = 1'b0  // besides tlb_exclusive.sv, tlb_lookup.sv
) (
    input logic clk_i
);

  localparam int unsigned Entries = 4;
  localparam int unsigned DataWidth = 8;
  localparam int unsigned VpnWidth = faultline_pkg::VpnBits * Levels;
  localparam int unsigned LevelWidth = faultline_pkg::LevelWidth;
  localparam int unsigned AsidWidth = faultline_pkg::AsidWidth;
  localparam int unsigned FenceWidth = 2 + 64 + AsidWidth;

  logic rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  // ---- The TLB and its ports ----
  (* anyseq *) logic fence_valid;
  (* anyseq *) logic [FenceWidth-1:0] any_fence;
  (* anyseq *) logic [Ports-1:0] lookup, insert, global_in;
  (* anyseq *) logic [Ports*64-1:0] addr;
  (* anyseq *) logic [Ports*AsidWidth-1:0] asid;
  (* anyseq *) logic [Ports*LevelWidth-1:0] level_in;
  (* anyseq *) logic [Ports*DataWidth-1:0] data_in;
  faultline_pkg::fence_t fence;
  logic [Ports-1:0] rsp_valid, hit, global_out, evicted;
  logic [Ports*LevelWidth-1:0] level_out;
  logic [Ports*DataWidth-1:0] data_out;
  logic [$clog2(Entries+1)-1:0] fenced;
  assign fence = any_fence;

  tlb #(
      .Levels   (Levels),
      .MinLevel (MinLevel),
      .MaxLevel (MaxLevel),
      .Entries  (Entries),
      .Ways     (Ways),
      .Ports    (Ports),
      .DataWidth(DataWidth),
      .Replace  (Replace)
  ) dut (
      .clk_i,
      .rst_ni       (rst_n),
      .fence_valid_i(fence_valid),
      .fence_i      (fence),
      .lookup_i     (lookup),
      .insert_i     (insert),
      .addr_i       (addr),
      .asid_i       (asid),
      .level_i      (level_in),
      .global_i     (global_in),
      .data_i       (data_in),
      .rsp_valid_o  (rsp_valid),
      .hit_o        (hit),
      .level_o      (level_out),
      .global_o     (global_out),
      .data_o       (data_out),
      .evicted_o    (evicted),
      .fenced_o     (fenced)
  );

  logic [Ports-1:0] canonical;
  for (genvar p = 0; p < Ports; p++) begin : gen_canonical
    logic signed [63:0] upper;
    assign upper        = $signed(addr[64*p+:64]) >>> (11 + VpnWidth);
    assign canonical[p] = upper == 64'sd0 || upper == -64'sd1;
  end

  always_comb begin : comb_environment
    assume ((lookup & insert) == '0);
    if (!rst_n) assume (lookup == '0 && insert == '0);
    for (int unsigned p = 0; p < Ports; p++) begin
      if (insert[p]) begin
        assume (canonical[p]);
        assume (32'(level_in[LevelWidth*p+:LevelWidth]) >= MinLevel &&
                32'(level_in[LevelWidth*p+:LevelWidth]) <= MaxLevel);
      end
    end
  end

  // Registers of the TLB, for the invariants of the inductions only.
  (* hierconn *) logic [3:0] \dut.valid_q ;
  (* hierconn *) logic [VpnWidth-1:0] \dut.vpn_q[0] , \dut.vpn_q[1] , \dut.vpn_q[2] , \dut.vpn_q[3] ;
  (* hierconn *) logic [15:0] \dut.asid_q[0] , \dut.asid_q[1] , \dut.asid_q[2] , \dut.asid_q[3] ;
  (* hierconn *) logic \dut.global_q[0] , \dut.global_q[1] , \dut.global_q[2] , \dut.global_q[3] ;
  (* hierconn *) logic [2:0] \dut.level_q[0] , \dut.level_q[1] , \dut.level_q[2] , \dut.level_q[3] ;
  (* hierconn *) logic [7:0] \dut.data_q[0] , \dut.data_q[1] , \dut.data_q[2] , \dut.data_q[3] ;

  logic [Entries*VpnWidth-1:0] row_vpn;
  logic [Entries*AsidWidth-1:0] row_asid;
  logic [Entries-1:0] row_global;
  logic [Entries*LevelWidth-1:0] row_level;
  logic [Entries*DataWidth-1:0] row_data;
  assign row_vpn    = {\dut.vpn_q[3] , \dut.vpn_q[2] , \dut.vpn_q[1] , \dut.vpn_q[0] };
  assign row_asid   = {\dut.asid_q[3] , \dut.asid_q[2] , \dut.asid_q[1] , \dut.asid_q[0] };
  assign row_global = {\dut.global_q[3] , \dut.global_q[2] , \dut.global_q[1] , \dut.global_q[0] };
  assign row_level  = {\dut.level_q[3] , \dut.level_q[2] , \dut.level_q[1] , \dut.level_q[0] };
  assign row_data   = {\dut.data_q[3] , \dut.data_q[2] , \dut.data_q[1] , \dut.data_q[0] };

  // ---- The claims ----
  // The induction of the other rests on its invariants.
  tlb_exclusive #(
      .Levels  (Levels),
      .MinLevel(MinLevel),
      .MaxLevel(MaxLevel),
      .Entries (Entries),
      .Ways    (Ways),
      .Ports   (Ports),
      .Covers  (!Lookup)
  ) checker_exclusive (
      .rst_ni  (rst_n),
      .insert_i(insert),
      .hit_i   (hit),
      .valid_i (\dut.valid_q ),
      .vpn_i   (row_vpn),
      .asid_i  (row_asid),
      .global_i(row_global),
      .level_i (row_level)
  );

  if (Lookup) begin : gen_lookup
    tlb_lookup #(
        .Levels   (Levels),
        .Entries  (Entries),
        .Ways     (Ways),
        .Ports    (Ports),
        .DataWidth(DataWidth)
    ) checker_lookup (
        .clk_i,
        .rst_ni       (rst_n),
        .fence_valid_i(fence_valid),
        .fence_i      (fence),
        .lookup_i     (lookup),
        .insert_i     (insert),
        .addr_i       (addr),
        .asid_i       (asid),
        .level_i      (level_in),
        .global_i     (global_in),
        .data_i       (data_in),
        .rsp_valid_i  (rsp_valid),
        .hit_i        (hit),
        .hit_level_i  (level_out),
        .hit_global_i (global_out),
        .hit_data_i   (data_out),
        .evicted_i    (evicted),
        .row_valid_i  (\dut.valid_q ),
        .row_vpn_i    (row_vpn),
        .row_asid_i   (row_asid),
        .row_global_i (row_global),
        .row_level_i  (row_level),
        .row_data_i   (row_data)
    );
  end

endmodule
