// SPDX-License-Identifier: Apache-2.0

// Claim: each request is answered at most once, and there is no response without a request: the
// walker takes a request only if it has answered the one before or does so in the same cycle, and
// answers with the id of the request that is open. (That it does answer: ptw_bound.sv.)
// Claim: towards memory, one request at a time, unchanged until it is granted.
module ptw_answers (
    input logic clk_i,
    input logic rst_ni,

    input logic                    open_i,  // of ptw_history
    input faultline_pkg::ptw_req_t req_i,   // of ptw_history
    input logic                    taken_i,
    input logic                    rsp_valid_i,
    input faultline_pkg::ptw_rsp_t rsp_i,

    input logic                    mem_req_i,
    input logic                    mem_gnt_i,
    input faultline_pkg::mem_req_t mem_i,
    input logic                    asked_i  // granted and not yet answered
);

  logic held_q;  // a request that was not granted
  logic [faultline_pkg::MemReqWidth-1:0] mem_q;
  always_ff @(posedge clk_i) begin
    held_q <= rst_ni && mem_req_i && !mem_gnt_i;
    mem_q  <= mem_i;
  end

  always_comb begin : comb_claims
    if (rst_ni) begin
      assert (!rsp_valid_i || open_i);
      assert (!rsp_valid_i || rsp_i.id == req_i.id);
      assert (!taken_i || !open_i || rsp_valid_i);

      assert (!mem_req_i || !asked_i);
      assert (!mem_req_i || open_i);
      assert (!held_q || (mem_req_i && mem_i == mem_q));

      cover (rsp_valid_i && !taken_i);
      cover (rsp_valid_i && taken_i);
      cover (held_q && mem_gnt_i);
    end
  end

endmodule
