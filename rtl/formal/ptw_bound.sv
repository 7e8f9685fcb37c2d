// SPDX-License-Identifier: Apache-2.0

// Claim: with a memory that answers within MemoryCycles, each request is answered at the latest in
// the Bound-th cycle after the one in which it is taken. With MemoryCycles 0, memory takes as long
// as it likes, and Bound counts only the cycles in which the walker does not wait for it.
// Claim: a walk reads at most Levels entries, and one more for each update that was lost.
//
// By induction: what is left to do in each state never exceeds what is left of Bound.
module ptw_bound #(
    parameter int unsigned Levels        = 3,
    parameter int unsigned AcceptCycles  = 1,
    parameter int unsigned LookUpCycles  = 1,
    parameter int unsigned IssueCycles   = 1,
    parameter int unsigned DecodeCycles  = 1,
    parameter int unsigned UpdateCycles  = 1,
    parameter int unsigned RespondCycles = 1,
    parameter int unsigned MemoryCycles  = 0
) (
    input logic clk_i,
    input logic rst_ni,

    input logic       open_i,  // of ptw_history
    input logic       taken_i,
    input logic       rsp_valid_i,
    input logic       waiting_i,  // for memory
    input logic [7:0] waited_i,   // cycles before this one
    input logic [4:0] reads_i,    // of ptw_history
    // Registers of the walker.
    input logic [3:0]  state_i,
    input logic [13:0] timer_i,
    input logic [2:0]  level_i,
    input logic [3:0]  updates_i,

    output logic [15:0] age_o  // cycles that count, before this one
);

  localparam int unsigned MaxUpdates = faultline_pkg::MaxUpdates;
  localparam int unsigned MaxReads = Levels + MaxUpdates;
  localparam int unsigned Bound =
      AcceptCycles + LookUpCycles + MaxReads * (IssueCycles + MemoryCycles + DecodeCycles) +
      MaxUpdates * (UpdateCycles + MemoryCycles) + UpdateCycles + RespondCycles;

  logic [15:0] age_q;
  assign age_o = age_q;
  always_ff @(posedge clk_i) begin
    age_q <= !rst_ni || taken_i ? 16'd0 : age_q + 16'(MemoryCycles != 0 || !waiting_i);
  end

  logic is_reading;  // the read of level_i has begun, and no lost update makes it another
  assign is_reading = state_i == faultline_pkg::StWait || state_i == faultline_pkg::StDecode ||
                      state_i == faultline_pkg::StUpdate;

  // The reads and updates that may come, what they take, and the update that no longer fits and
  // the response.
  logic [15:0] reads_left, updates_left, onward, left_of_step, left;
  assign updates_left = 16'(MaxUpdates) - 16'(updates_i);
  assign reads_left = 16'(level_i) + updates_left + 16'(!is_reading);
  assign onward = reads_left * 16'(IssueCycles + MemoryCycles + DecodeCycles) +
                  updates_left * 16'(UpdateCycles + MemoryCycles) +
                  16'(UpdateCycles + RespondCycles);
  assign left_of_step = 16'(timer_i) + 16'd1;

  logic timer_fits;
  always_comb begin : comb_left
    left       = '0;
    timer_fits = 1'b1;
    unique case (state_i)
      faultline_pkg::StAccept: begin
        left       = left_of_step + 16'(LookUpCycles) + onward;
        timer_fits = left_of_step <= 16'(AcceptCycles);
      end
      faultline_pkg::StLookUp: begin
        left       = left_of_step + onward;
        timer_fits = left_of_step <= 16'(LookUpCycles);
      end
      faultline_pkg::StIssue: begin
        left       = left_of_step + onward - 16'(IssueCycles);
        timer_fits = left_of_step <= 16'(IssueCycles);
      end
      faultline_pkg::StWait: begin
        left = 16'(MemoryCycles) - 16'(waited_i) + 16'(DecodeCycles) + onward;
        if (MemoryCycles == 0) left = 16'(DecodeCycles) + onward;
      end
      faultline_pkg::StDecode: begin
        left       = left_of_step + onward;
        timer_fits = left_of_step <= 16'(DecodeCycles);
      end
      faultline_pkg::StUpdate: begin
        left       = left_of_step + onward - 16'(UpdateCycles);
        timer_fits = left_of_step <= 16'(UpdateCycles);
      end
      faultline_pkg::StUpdateWait: begin
        left = 16'(MemoryCycles) - 16'(waited_i) + onward;
        if (MemoryCycles == 0) left = onward;
      end
      faultline_pkg::StRespond: begin
        left       = left_of_step;
        timer_fits = left_of_step <= 16'(RespondCycles);
      end
      default: begin
      end
    endcase
  end

  always_comb begin : comb_claims
    if (rst_ni && open_i) begin
      assert (32'(age_q) < Bound || (MemoryCycles == 0 && waiting_i));
      assert (32'(reads_i) <= Levels + 32'(updates_i));
      cover (rsp_valid_i && age_q >= 16'd12);

      // Invariants.
      assert (32'(age_q) + 32'(left) <= Bound);
      assert (timer_fits);
      assert (32'(reads_i) + 32'(reads_left) <= MaxReads || state_i == faultline_pkg::StRespond);
      assert (32'(updates_i) <= MaxUpdates && 32'(level_i) < Levels);
      assert (MemoryCycles == 0 || !waiting_i || 32'(waited_i) < MemoryCycles);
      assert (waiting_i == (state_i == faultline_pkg::StWait ||
                            state_i == faultline_pkg::StUpdateWait));
      assert (waiting_i || waited_i == '0);
    end
  end

endmodule
