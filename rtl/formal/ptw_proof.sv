// SPDX-License-Identifier: Apache-2.0

// The walker of rtl/ptw.sv among ports that do whatever their protocol allows, with the checkers of
// the claims that are asked for. Each claim says in its file what it claims. Assumed, and nothing
// else:
//   - the reset lasts for the first cycle;
//   - a request is of U or S mode and of a format that the walker has;
//   - memory grants what is requested and answers each request once, when or after it is granted;
//   - a pointer from the walk caches is of a level between 1 and the root's.
// With MemoryCycles k other than 0, memory answers within k cycles.
module ptw_proof #(
    parameter int unsigned Levels        = 3,
    parameter bit          WalkCache     = 1'b1,
    parameter int unsigned AcceptCycles  = 1,
    parameter int unsigned LookUpCycles  = 1,
    parameter int unsigned IssueCycles   = 1,
    parameter int unsigned DecodeCycles  = 1,
    parameter int unsigned UpdateCycles  = 1,
    parameter int unsigned RespondCycles = 1,
    parameter int unsigned MemoryCycles  = 0,
    parameter bit          Answers       = 1'b0,  // the claims: ptw_answers.sv,
    parameter bit          Bound         = 1'b0,  // ptw_bound.sv,
    parameter bit          Result        = 1'b0,  // ptw_result.sv,
    parameter bit          Updates       = 1'b0,  // ptw_updates.sv,
    parameter bit          Silence       = 1'b0,  // ptw_silence.sv,
    parameter bit          Assertions    = 1'b0   // and the assertions of ptw.sv itself
) (
    input logic clk_i
);

  logic rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  // ---- The walker and its ports ----
  (* anyseq *) logic req_valid, fence, check_allowed, wc_hit, mem_gnt, mem_rsp_valid;
  (* anyseq *) logic [faultline_pkg::PtwReqWidth-1:0] any_req;
  (* anyseq *) logic [faultline_pkg::PointerWidth-1:0] any_pointer;
  (* anyseq *) logic [faultline_pkg::MemRspWidth-1:0] any_mem_rsp;

  faultline_pkg::ptw_req_t req;
  faultline_pkg::ptw_rsp_t rsp;
  faultline_pkg::check_req_t check;
  faultline_pkg::pointer_t wc_pointer_out, wc_pointer_in;
  faultline_pkg::mem_req_t mem;
  faultline_pkg::mem_rsp_t mem_rsp;
  faultline_pkg::ptw_trace_t trace;
  logic req_ready, rsp_valid, wc_lookup, wc_insert, mem_req;
  logic [63:0] wc_addr;
  logic [faultline_pkg::AsidWidth-1:0] wc_asid;
  assign req           = any_req;
  assign wc_pointer_in = any_pointer;
  assign mem_rsp       = any_mem_rsp;

  ptw #(
      .Levels       (Levels),
      .WalkCache    (WalkCache),
      .AcceptCycles (AcceptCycles),
      .LookUpCycles (LookUpCycles),
      .IssueCycles  (IssueCycles),
      .DecodeCycles (DecodeCycles),
      .UpdateCycles (UpdateCycles),
      .RespondCycles(RespondCycles)
  ) dut (
      .clk_i,
      .rst_ni         (rst_n),
      .req_valid_i    (req_valid),
      .req_ready_o    (req_ready),
      .req_i          (req),
      .rsp_valid_o    (rsp_valid),
      .rsp_o          (rsp),
      .fence_i        (fence),
      .check_o        (check),
      .check_allowed_i(check_allowed),
      .wc_lookup_o    (wc_lookup),
      .wc_insert_o    (wc_insert),
      .wc_addr_o      (wc_addr),
      .wc_asid_o      (wc_asid),
      .wc_pointer_o   (wc_pointer_out),
      .wc_hit_i       (wc_hit),
      .wc_pointer_i   (wc_pointer_in),
      .mem_req_o      (mem_req),
      .mem_gnt_i      (mem_gnt),
      .mem_o          (mem),
      .mem_rsp_valid_i(mem_rsp_valid),
      .mem_rsp_i      (mem_rsp),
      .trace_o        (trace)
  );

  // Registers of the walker, for the invariants of the inductions only.
  (* hierconn *) logic [3:0] \dut.state_q ;
  (* hierconn *) logic [13:0] \dut.timer_q ;
  (* hierconn *) logic [faultline_pkg::PtwReqWidth-1:0] \dut.req_q ;
  (* hierconn *) logic \dut.fenced_q ;
  (* hierconn *) logic [43:0] \dut.table_q ;
  (* hierconn *) logic [2:0] \dut.level_q ;
  (* hierconn *) logic \dut.global_q ;
  (* hierconn *) logic [2:0] \dut.first_level_q ;
  (* hierconn *) logic [63:0] \dut.pte_q ;
  (* hierconn *) logic \dut.error_q ;
  (* hierconn *) logic \dut.granted_q ;
  (* hierconn *) logic [3:0] \dut.updates_q ;
  (* hierconn *) logic [3:0] \dut.status_q ;
  // Those of its assertions.
  (* hierconn *) logic \dut.open_q ;
  (* hierconn *) logic \dut.granted_before_q ;
  (* hierconn *) logic [4:0] \dut.reads_q ;
  (* hierconn *) logic [31:0] \dut.busy_q ;

  // ---- The walk as the ports show it ----
  faultline_pkg::ptw_req_t walk_req;
  logic taken, walk_open, walk_fenced, stored, lost, fault, first_global;
  logic [2:0] first_level;
  logic [43:0] first_table;
  logic [Levels-1:0] read, failed;
  logic [Levels*64-1:0] entries;
  logic [4:0] reads;
  logic [3:0] updates;
  assign taken = req_valid && req_ready;

  ptw_history #(
      .Levels(Levels)
  ) history (
      .clk_i,
      .rst_ni        (rst_n),
      .taken_i       (taken),
      .req_i         (req),
      .rsp_valid_i   (rsp_valid),
      .fence_i       (fence),
      .wc_hit_i      (wc_lookup && wc_hit),
      .wc_pointer_i  (wc_pointer_in),
      .trace_i       (trace),
      .mem_rsp_i     (mem_rsp),
      .open_o        (walk_open),
      .req_o         (walk_req),
      .fenced_o      (walk_fenced),
      .first_level_o (first_level),
      .first_table_o (first_table),
      .first_global_o(first_global),
      .read_o        (read),
      .entries_o     (entries),
      .failed_o      (failed),
      .reads_o       (reads),
      .updates_o     (updates),
      .stored_o      (stored),
      .lost_o        (lost),
      .fault_o       (fault)
  );

  faultline_pkg::status_e spec_status;
  logic [2:0] spec_level;
  logic [63:0] leaf, updated;
  logic needs_update, is_global;
  logic [Levels-1:0] visited, pointer, global_above;
  logic [Levels*56-1:0] address;

  walk_spec #(
      .Levels(Levels)
  ) spec (
      .req_i         (walk_req),
      .first_level_i (first_level),
      .first_table_i (first_table),
      .first_global_i(first_global),
      .entries_i     (entries),
      .failed_i      (failed),
      .status_o      (spec_status),
      .level_o       (spec_level),
      .leaf_o        (leaf),
      .needs_update_o(needs_update),
      .updated_o     (updated),
      .is_global_o   (is_global),
      .visited_o     (visited),
      .pointer_o     (pointer),
      .address_o     (address),
      .global_above_o(global_above)
  );

  // ---- What the ports may do ----
  logic asked_q;          // memory has granted a request and not answered it
  logic [7:0] waited_q;   // cycles for which the walker has been waiting for memory before this one
  logic waiting;
  assign waiting = mem_req || asked_q;
  always_ff @(posedge clk_i) begin
    asked_q  <= rst_n && (asked_q || mem_gnt) && !mem_rsp_valid;
    waited_q <= rst_n && waiting && !mem_rsp_valid ? waited_q + 8'd1 : 8'd0;
  end

  always_comb begin : comb_environment
    if (rst_n) begin
      if (req_valid) begin
        assume (req.priv == faultline_pkg::PrivUser || req.priv == faultline_pkg::PrivSupervisor);
        assume (req.root_level >= 3'd2 && 32'(req.root_level) < Levels);
      end
      assume (!mem_gnt || mem_req);
      assume (!mem_rsp_valid || mem_gnt || asked_q);
      if (MemoryCycles != 0) begin
        assume (!waiting || mem_rsp_valid || 32'(waited_q) + 1 < MemoryCycles);
      end
      if (wc_lookup && wc_hit) begin
        assume (wc_pointer_in.level >= 3'd1 && wc_pointer_in.level <= walk_req.root_level);
      end
    end else begin
      assume (!req_valid && !mem_gnt && !mem_rsp_valid);
    end
  end

  // ---- Invariants that all the inductions need ----
  logic in_read, in_update;
  assign in_read   = \dut.state_q == faultline_pkg::StWait;
  assign in_update = \dut.state_q == faultline_pkg::StUpdateWait;
  always_comb begin : comb_invariants
    if (rst_n) begin
      assert (\dut.state_q <= faultline_pkg::StRespond);
      assert (walk_open == (\dut.state_q != faultline_pkg::StIdle));
      assert (asked_q == ((in_read || in_update) && \dut.granted_q ));
      if (walk_open) begin
        assert (walk_req.root_level >= 3'd2 && 32'(walk_req.root_level) < Levels);
        assert (\dut.req_q == walk_req);
        assert (\dut.fenced_q == walk_fenced);
        assert (\dut.updates_q == updates);
        assert (\dut.status_q == faultline_pkg::StatusNone ||
                \dut.state_q == faultline_pkg::StRespond);
        assert (walk_req.adue || !(in_update || \dut.state_q == faultline_pkg::StUpdate));
      end
    end
  end

  // ---- The claims ----
  if (Answers) begin : gen_answers
    ptw_answers checker_answers (
        .clk_i,
        .rst_ni     (rst_n),
        .open_i     (walk_open),
        .req_i      (walk_req),
        .taken_i    (taken),
        .rsp_valid_i(rsp_valid),
        .rsp_i      (rsp),
        .mem_req_i  (mem_req),
        .mem_gnt_i  (mem_gnt),
        .mem_i      (mem),
        .asked_i    (asked_q)
    );
  end

  logic [15:0] age;
  if (Bound || Assertions) begin : gen_bound
    ptw_bound #(
        .Levels       (Levels),
        .AcceptCycles (AcceptCycles),
        .LookUpCycles (LookUpCycles),
        .IssueCycles  (IssueCycles),
        .DecodeCycles (DecodeCycles),
        .UpdateCycles (UpdateCycles),
        .RespondCycles(RespondCycles),
        .MemoryCycles (MemoryCycles)
    ) checker_bound (
        .clk_i,
        .rst_ni     (rst_n),
        .open_i     (walk_open),
        .taken_i    (taken),
        .rsp_valid_i(rsp_valid),
        .waiting_i  (waiting),
        .waited_i   (waited_q),
        .reads_i    (reads),
        .state_i    (\dut.state_q ),
        .timer_i    (\dut.timer_q ),
        .level_i    (\dut.level_q ),
        .updates_i  (\dut.updates_q ),
        .age_o      (age)
    );
  end

  // The inductions of the others rest on its invariants.
  if (Result || Bound || Updates || Silence || Assertions) begin : gen_result
    ptw_result #(
        .Levels(Levels),
        .Covers(Result)
    ) checker_result (
        .rst_ni         (rst_n),
        .rsp_valid_i    (rsp_valid),
        .rsp_i          (rsp),
        .mem_req_i      (mem_req),
        .mem_i          (mem),
        .open_i         (walk_open),
        .req_i          (walk_req),
        .first_level_i  (first_level),
        .first_table_i  (first_table),
        .first_global_i (first_global),
        .read_i         (read),
        .entries_i      (entries),
        .failed_i       (failed),
        .updates_i      (updates),
        .stored_i       (stored),
        .lost_i         (lost),
        .fault_i        (fault),
        .spec_status_i  (spec_status),
        .spec_level_i   (spec_level),
        .leaf_i         (leaf),
        .needs_update_i (needs_update),
        .updated_i      (updated),
        .is_global_i    (is_global),
        .visited_i      (visited),
        .pointer_i      (pointer),
        .address_i      (address),
        .global_above_i (global_above),
        .state_i        (\dut.state_q ),
        .table_i        (\dut.table_q ),
        .level_i        (\dut.level_q ),
        .global_i       (\dut.global_q ),
        .started_level_i(\dut.first_level_q ),
        .pte_i          (\dut.pte_q ),
        .error_i        (\dut.error_q ),
        .status_i       (\dut.status_q )
    );
  end

  if (Updates) begin : gen_updates
    ptw_updates #(
        .Levels(Levels)
    ) checker_updates (
        .rst_ni       (rst_n),
        .mem_req_i    (mem_req),
        .mem_i        (mem),
        .req_i        (walk_req),
        .read_i       (read),
        .spec_status_i(spec_status),
        .spec_level_i (spec_level),
        .leaf_i       (leaf),
        .address_i    (address)
    );
  end

  if (Silence) begin : gen_silence
    ptw_silence #(
        .Levels(Levels)
    ) checker_silence (
        .rst_ni        (rst_n),
        .rsp_valid_i   (rsp_valid),
        .rsp_i         (rsp),
        .mem_req_i     (mem_req),
        .fence_i       (fence),
        .wc_lookup_i   (wc_lookup),
        .wc_insert_i   (wc_insert),
        .wc_pointer_i  (wc_pointer_out),
        .open_i        (walk_open),
        .fenced_i      (walk_fenced),
        .read_i        (read),
        .entries_i     (entries),
        .failed_i      (failed),
        .fault_i       (fault),
        .spec_status_i (spec_status),
        .visited_i     (visited),
        .pointer_i     (pointer),
        .global_above_i(global_above)
    );
  end

  // The walker was read with its assertions; these are the invariants of the registers they have.
  if (Assertions) begin : gen_assertions
    always_comb begin : comb_invariants
      if (rst_n) begin
        assert (\dut.open_q == walk_open);
        assert (\dut.granted_before_q == asked_q);
        if (walk_open) assert (\dut.reads_q == reads && \dut.busy_q == 32'(age));
      end
    end
  end

endmodule
