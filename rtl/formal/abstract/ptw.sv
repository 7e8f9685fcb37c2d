// SPDX-License-Identifier: Apache-2.0

// In the place of rtl/ptw.sv in the proofs of rtl/walker.sv: all that ptw_answers.sv proves of it, and
// nothing else. It takes a request if it has none or answers in this cycle, and answers with its id,
// whenever it likes; what it says and asks otherwise is arbitrary.
module ptw #(
    parameter int unsigned Levels        = 3,
    parameter bit          WalkCache     = 1'b1,
    parameter int unsigned AcceptCycles  = 1,
    parameter int unsigned LookUpCycles  = 1,
    parameter int unsigned IssueCycles   = 1,
    parameter int unsigned DecodeCycles  = 1,
    parameter int unsigned UpdateCycles  = 1,
    parameter int unsigned RespondCycles = 1
) (
    input  logic                                clk_i,
    input  logic                                rst_ni,
    input  logic                                req_valid_i,
    output logic                                req_ready_o,
    input  faultline_pkg::ptw_req_t             req_i,
    output logic                                rsp_valid_o,
    output faultline_pkg::ptw_rsp_t             rsp_o,
    input  logic                                fence_i,
    output faultline_pkg::check_req_t           check_o,
    input  logic                                check_allowed_i,
    output logic                                wc_lookup_o,
    output logic                                wc_insert_o,
    output logic [63:0]                         wc_addr_o,
    output logic [faultline_pkg::AsidWidth-1:0] wc_asid_o,
    output faultline_pkg::pointer_t             wc_pointer_o,
    input  logic                                wc_hit_i,
    input  faultline_pkg::pointer_t             wc_pointer_i,
    output logic                                mem_req_o,
    input  logic                                mem_gnt_i,
    output faultline_pkg::mem_req_t             mem_o,
    input  logic                                mem_rsp_valid_i,
    input  faultline_pkg::mem_rsp_t             mem_rsp_i,
    output faultline_pkg::ptw_trace_t           trace_o
);

  (* anyseq *) logic done, any_mem_req;
  (* anyseq *) logic [faultline_pkg::PtwRspWidth-1:0] any_rsp;
  (* anyseq *) logic [faultline_pkg::CheckReqWidth-1:0] any_check;
  (* anyseq *) logic [faultline_pkg::MemReqWidth-1:0] any_mem;

  logic busy_q;
  logic [faultline_pkg::IdWidth-1:0] id_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      id_q   <= '0;
    end else if (req_valid_i && req_ready_o) begin
      busy_q <= 1'b1;
      id_q   <= req_i.id;
    end else if (rsp_valid_o) begin
      busy_q <= 1'b0;
    end
  end

  assign rsp_valid_o  = busy_q && done;
  assign req_ready_o  = !busy_q || done;
  assign check_o      = any_check;
  assign mem_req_o    = any_mem_req;
  assign mem_o        = any_mem;
  assign wc_lookup_o  = 1'b0;
  assign wc_insert_o  = 1'b0;
  assign wc_addr_o    = '0;
  assign wc_asid_o    = '0;
  assign wc_pointer_o = '0;
  always_comb begin : comb_bundles
    rsp_o           = any_rsp;
    rsp_o.id        = id_q;
    trace_o         = '0;
    trace_o.state   = busy_q ? faultline_pkg::StWait : faultline_pkg::StIdle;
    trace_o.started = req_valid_i && req_ready_o;
    trace_o.id      = req_i.id;
  end

endmodule
