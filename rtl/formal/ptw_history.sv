// SPDX-License-Identifier: Apache-2.0

// What the ports of ptw have shown of the walk under way: the request, where it began, what each
// read found, what became of the update. The checkers judge the walk by this, not by the walker's
// registers.
module ptw_history #(
    parameter int unsigned Levels = 3
) (
    input logic clk_i,
    input logic rst_ni,

    input logic                      taken_i,
    input faultline_pkg::ptw_req_t   req_i,
    input logic                      rsp_valid_i,
    input logic                      fence_i,
    input logic                      wc_hit_i,  // a lookup found a pointer
    input faultline_pkg::pointer_t   wc_pointer_i,
    input faultline_pkg::ptw_trace_t trace_i,
    input faultline_pkg::mem_rsp_t   mem_rsp_i,

    output logic                     open_o,  // from the cycle after it was taken to its response
    output faultline_pkg::ptw_req_t  req_o,
    output logic                     fenced_o,  // in a cycle after the one in which it was taken
    output logic [2:0]               first_level_o,
    output logic [43:0]              first_table_o,
    output logic                     first_global_o,
    output logic [Levels-1:0]        read_o,    // by level: read in this walk
    output logic [Levels*64-1:0]     entries_o,
    output logic [Levels-1:0]        failed_o,  // refused, or answered with an error
    output logic [4:0]               reads_o,    // so far
    output logic [3:0]               updates_o,  // compare-and-sets that were to be made
    output logic                     stored_o,  // the last of them: set the entry,
    output logic                     lost_o,    // found another value, or
    output logic                     fault_o    // refused, or answered with an error
);

  // ptw_req_t as plain bits and back: yosys initialises no registers of a structure's type.
  logic [faultline_pkg::PtwReqWidth-1:0] req_q;
  assign req_o = req_q;

  logic read_refused, update_refused;
  assign read_refused   = trace_i.read_issued && trace_i.refused;
  assign update_refused = trace_i.update_issued && trace_i.refused;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_o         <= 1'b0;
      req_q          <= '0;
      fenced_o       <= 1'b0;
      first_level_o  <= '0;
      first_table_o  <= '0;
      first_global_o <= 1'b0;
      read_o         <= '0;
      entries_o      <= '0;
      failed_o       <= '0;
      reads_o        <= '0;
      updates_o      <= '0;
      stored_o       <= 1'b0;
      lost_o         <= 1'b0;
      fault_o        <= 1'b0;
    end else if (taken_i) begin
      open_o         <= 1'b1;
      req_q          <= req_i;
      fenced_o       <= 1'b0;
      first_level_o  <= req_i.root_level;
      first_table_o  <= req_i.root_ppn;
      first_global_o <= 1'b0;
      read_o         <= '0;
      entries_o      <= '0;
      failed_o       <= '0;
      reads_o        <= '0;
      updates_o      <= '0;
      stored_o       <= 1'b0;
      lost_o         <= 1'b0;
      fault_o        <= 1'b0;
    end else begin
      if (rsp_valid_i) open_o <= 1'b0;
      if (fence_i) fenced_o <= 1'b1;
      if (wc_hit_i) begin
        first_level_o  <= wc_pointer_i.level - 3'd1;
        first_table_o  <= wc_pointer_i.ppn;
        first_global_o <= wc_pointer_i.is_global;
      end
      for (int unsigned l = 0; l < Levels; l++) begin
        if (trace_i.level == 3'(l) && (read_refused || trace_i.read_done)) begin
          read_o[l]           <= 1'b1;
          entries_o[64*l+:64] <= mem_rsp_i.value;
          failed_o[l]         <= read_refused || mem_rsp_i.error;
        end
      end
      if (trace_i.read_issued) reads_o <= reads_o + 5'd1;
      if (trace_i.update_issued) begin
        updates_o <= updates_o + 4'd1;
        stored_o  <= 1'b0;
        lost_o    <= 1'b0;
        fault_o   <= trace_i.refused;
      end
      if (trace_i.update_done) begin
        stored_o <= mem_rsp_i.stored && !mem_rsp_i.error;
        lost_o   <= !mem_rsp_i.stored && !mem_rsp_i.error;
        fault_o  <= mem_rsp_i.error;
      end
    end
  end

endmodule
