// SPDX-License-Identifier: Apache-2.0

// For one address and ASID, arbitrary but fixed, this keeps what the TLB ought to know: the last
// entry that was inserted for them, until a fence in whose scope it is, or an insertion of a page
// that overlaps it.
//
// Claim: a lookup of that address and ASID hits only if there is such an entry, and answers with its
// level, global and data: nothing stale, nothing of another address space, and after a fence nothing
// in the fence's scope.
// Claim: it does hit if there is such an entry and nothing was evicted from its set since: the fence
// and the insertions drop nothing else.
// A fence comes before the lookups of its cycle; lookups do not see the insertions of their cycle;
// insertions come in the order of the ports.
module tlb_lookup #(
    parameter int unsigned Levels    = 3,
    parameter int unsigned Entries   = 4,
    parameter int unsigned Ways      = 2,
    parameter int unsigned Ports     = 2,
    parameter int unsigned DataWidth = 8
) (
    input logic clk_i,
    input logic rst_ni,

    // The ports of the TLB (rtl/tlb.sv).
    input logic                                       fence_valid_i,
    input faultline_pkg::fence_t                      fence_i,
    input logic [Ports-1:0]                           lookup_i,
    input logic [Ports-1:0]                           insert_i,
    input logic [Ports*64-1:0]                        addr_i,
    input logic [Ports*faultline_pkg::AsidWidth-1:0]  asid_i,
    input logic [Ports*faultline_pkg::LevelWidth-1:0] level_i,
    input logic [Ports-1:0]                           global_i,
    input logic [Ports*DataWidth-1:0]                 data_i,
    input logic [Ports-1:0]                           rsp_valid_i,
    input logic [Ports-1:0]                           hit_i,
    input logic [Ports*faultline_pkg::LevelWidth-1:0] hit_level_i,
    input logic [Ports-1:0]                           hit_global_i,
    input logic [Ports*DataWidth-1:0]                 hit_data_i,
    input logic [Ports-1:0]                           evicted_i,

    // Registers of the TLB, by row.
    input logic [Entries-1:0]                               row_valid_i,
    input logic [Entries*faultline_pkg::VpnBits*Levels-1:0] row_vpn_i,
    input logic [Entries*faultline_pkg::AsidWidth-1:0]      row_asid_i,
    input logic [Entries-1:0]                               row_global_i,
    input logic [Entries*faultline_pkg::LevelWidth-1:0]     row_level_i,
    input logic [Entries*DataWidth-1:0]                     row_data_i
);

  localparam int unsigned Sets = Entries / Ways;
  localparam int unsigned VpnWidth = faultline_pkg::VpnBits * Levels;

  // The address and ASID. The address is canonical: no other is ever inserted.
  (* anyconst *) logic [VpnWidth-1:0] vpn;
  (* anyconst *) logic [15:0] asid;

  // An address is of this page number if its bits below VaBits are and those above repeat the top.
  function automatic logic is_canonical(input logic [63:0] addr);
    is_canonical = {{64 - 12 - VpnWidth{addr[11+VpnWidth]}}, addr[11+VpnWidth:12], addr[11:0]} ==
                   addr;
  endfunction

  // Both in one page of `level`.
  function automatic logic same_page(input logic [VpnWidth-1:0] a, input logic [VpnWidth-1:0] b,
                                     input logic [2:0] level);
    same_page = (a >> (9 * 32'(level))) == (b >> (9 * 32'(level)));
  endfunction

  function automatic logic [31:0] set_of(input logic [VpnWidth-1:0] a, input logic [2:0] level);
    set_of = 32'(a >> (9 * 32'(level))) % Sets;
  endfunction

  // ---- What the TLB ought to know ----
  typedef struct packed {
    logic                 known;
    logic                 evictable;  // something was evicted from its set
    logic                 is_global;
    logic [2:0]           level;
    logic [VpnWidth-1:0]  vpn;        // as inserted
    logic [15:0]          asid;
    logic [DataWidth-1:0] data;
  } entry_t;
  entry_t entry_q, entry_fenced, entry_d;  // at the beginning, after the fence, at the end

  logic in_scope;
  assign in_scope =
      fence_valid_i &&
      (!fence_i.has_addr || (is_canonical(fence_i.addr) &&
                             same_page(fence_i.addr[11+VpnWidth:12], entry_q.vpn, entry_q.level))) &&
      (!fence_i.has_asid || (!entry_q.is_global && entry_q.asid == fence_i.asid));

  always_comb begin : comb_entry
    logic [VpnWidth-1:0] inserted;
    logic [2:0] level, larger;
    entry_fenced = entry_q;
    if (in_scope) entry_fenced.known = 1'b0;

    entry_d = entry_fenced;
    for (int unsigned p = 0; p < Ports; p++) begin
      inserted = addr_i[64*p+12+:VpnWidth];
      level    = level_i[3*p+:3];
      larger   = level > entry_d.level ? level : entry_d.level;
      if (insert_i[p]) begin
        if (evicted_i[p] && set_of(inserted, level) == set_of(entry_d.vpn, entry_d.level)) begin
          entry_d.evictable = 1'b1;
        end
        if (same_page(inserted, entry_d.vpn, larger) &&
            (global_i[p] || entry_d.is_global || asid_i[16*p+:16] == entry_d.asid)) begin
          entry_d.known = 1'b0;
        end
        if (same_page(inserted, vpn, level) && (global_i[p] || asid_i[16*p+:16] == asid)) begin
          entry_d.known     = 1'b1;
          entry_d.evictable = 1'b0;
          entry_d.is_global = global_i[p];
          entry_d.level     = level;
          entry_d.vpn       = inserted;
          entry_d.asid      = asid_i[16*p+:16];
          entry_d.data      = data_i[DataWidth*p+:DataWidth];
        end
      end
    end
    if (!rst_ni) entry_d.known = 1'b0;
  end
  always_ff @(posedge clk_i) entry_q <= entry_d;

  always_comb begin : comb_claims
    logic asked;
    asked = 1'b0;
    if (rst_ni) begin
      for (int unsigned p = 0; p < Ports; p++) begin
        asked = lookup_i[p] && is_canonical(addr_i[64*p+:64]) &&
                addr_i[64*p+12+:VpnWidth] == vpn && asid_i[16*p+:16] == asid;
        if (asked && hit_i[p]) begin
          assert (entry_fenced.known);
          assert (hit_level_i[3*p+:3] == entry_q.level && hit_global_i[p] == entry_q.is_global);
          assert (hit_data_i[DataWidth*p+:DataWidth] == entry_q.data);
        end
        if (asked) assert (hit_i[p] || !entry_fenced.known || entry_q.evictable);
        if (hit_i[p]) assert (lookup_i[p] && is_canonical(addr_i[64*p+:64]));
        assert (rsp_valid_i[p] == lookup_i[p]);

        cover (asked && hit_i[p] && entry_q.vpn != vpn && !entry_q.is_global);
        cover (asked && !hit_i[p] && entry_q.known && in_scope && fence_i.has_addr &&
               fence_i.has_asid);
        cover (asked && hit_i[p] && entry_q.evictable);
        cover (asked && !hit_i[p] && entry_fenced.known);
      end
    end
  end

  // ---- Invariants ----
  // An entry of the TLB that holds the address and ASID is this one; and this one is in the TLB.
  logic stranger, found;
  always_comb begin : comb_rows
    logic same;
    same     = 1'b0;
    stranger = 1'b0;
    found    = 1'b0;
    for (int unsigned i = 0; i < Entries; i++) begin
      same = row_vpn_i[VpnWidth*i+:VpnWidth] == entry_q.vpn &&
             row_asid_i[16*i+:16] == entry_q.asid && row_global_i[i] == entry_q.is_global &&
             row_level_i[3*i+:3] == entry_q.level &&
             row_data_i[DataWidth*i+:DataWidth] == entry_q.data;
      if (row_valid_i[i] && entry_q.known && same) found = 1'b1;
      if (row_valid_i[i] && same_page(row_vpn_i[VpnWidth*i+:VpnWidth], vpn, row_level_i[3*i+:3]) &&
          (row_global_i[i] || row_asid_i[16*i+:16] == asid) && !(entry_q.known && same)) begin
        stranger = 1'b1;
      end
    end
  end

  always_comb begin : comb_invariants
    if (rst_ni) begin
      assert (!stranger);
      assert (found || !entry_q.known || entry_q.evictable);
      if (entry_q.known) begin
        assert (same_page(entry_q.vpn, vpn, entry_q.level));
        assert (entry_q.is_global || entry_q.asid == asid);
      end
    end
  end

endmodule
