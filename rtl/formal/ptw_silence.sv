// SPDX-License-Identifier: Apache-2.0

// Claim: once a read or update of a walk was refused or answered with an error, or an entry was
// read that aborts the walk, the walk asks memory and the walk caches for nothing more.
// Claim: a walk under which a fence has come, in a cycle after the one in which it was taken, keeps
// no pointer from that cycle on, and its response is not cacheable; without a fence it is.
// Claim: the pointer that is put into the walk caches is the entry that the walk has just read at
// that level, valid and leading on, with global of it and of those above.
module ptw_silence #(
    parameter int unsigned Levels = 3
) (
    input logic rst_ni,

    input logic                    rsp_valid_i,
    input faultline_pkg::ptw_rsp_t rsp_i,
    input logic                    mem_req_i,
    input logic                    fence_i,
    input logic                    wc_lookup_i,
    input logic                    wc_insert_i,
    input faultline_pkg::pointer_t wc_pointer_i,

    // Of ptw_history and walk_spec.
    input logic                   open_i,
    input logic                   fenced_i,
    input logic [Levels-1:0]      read_i,
    input logic [Levels*64-1:0]   entries_i,
    input logic [Levels-1:0]      failed_i,
    input logic                   fault_i,
    input faultline_pkg::status_e spec_status_i,
    input logic [Levels-1:0]      visited_i,
    input logic [Levels-1:0]      pointer_i,
    input logic [Levels-1:0]      global_above_i
);

  // The walk has read all that the specification reads, and it aborts; or its update failed.
  logic aborted;
  assign aborted = fault_i || (read_i & failed_i) != '0 ||
                   (spec_status_i != faultline_pkg::StatusNone && (visited_i & ~read_i) == '0);

  logic [Levels-1:0] inserted, lowest_read;
  logic [63:0] entry;
  logic global_above;
  always_comb begin : comb_inserted
    entry        = '0;
    global_above = 1'b0;
    inserted     = '0;
    lowest_read  = read_i & (~read_i + Levels'(1));
    for (int unsigned l = 0; l < Levels; l++) begin
      if (wc_pointer_i.level == 3'(l)) begin
        inserted[l]  = 1'b1;
        entry        = entries_i[64*l+:64];
        global_above = global_above_i[l];
      end
    end
  end

  always_comb begin : comb_claims
    if (rst_ni && open_i) begin
      if (aborted) assert (!mem_req_i && !wc_insert_i);
      if (aborted && read_i != '0) assert (!wc_lookup_i);
      assert (!wc_insert_i || !(fenced_i || fence_i));
      assert (!rsp_valid_i || rsp_i.cacheable == !(fenced_i || fence_i));
      if (wc_insert_i) begin
        assert (inserted == lowest_read && (inserted & pointer_i) != '0);
        assert (wc_pointer_i.ppn == entry[53:10]);
        assert (wc_pointer_i.is_global == (global_above || entry[5]));
      end

      cover (aborted && (read_i & failed_i) != '0);
      cover (aborted && fault_i);
      cover (wc_insert_i && wc_pointer_i.is_global);
      cover (rsp_valid_i && fenced_i && rsp_i.status == faultline_pkg::StatusNone);
      cover (rsp_valid_i && rsp_i.cacheable);
    end
  end

endmodule
