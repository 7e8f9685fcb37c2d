// SPDX-License-Identifier: Apache-2.0

// Queue and dispatch of rtl/walker.sv, with two walk engines and a queue of two places, no walk
// caches, and the walk engine of abstract/ptw.sv. For one id, arbitrary but fixed:
//
// Claim: each request is answered at most once, by one engine, after it was started, and none is
// answered that was not taken.
// Claim: requests start in the order in which they are taken, at most one a cycle. No request is
// lost: when those before it have started, the next to start is it.
// Claim: a request starts whenever one waits or comes and an engine is idle; one is taken whenever
// the queue has a place or an engine is idle.
// Assumed: the reset lasts for the first cycle, and no two requests that are open have the same id.
module walker_proof (
    input logic clk_i
);

  localparam int unsigned Count = 2;
  localparam int unsigned QueueDepth = 2;
  localparam int unsigned IdWidth = faultline_pkg::IdWidth;
  localparam int unsigned ReqWidth = faultline_pkg::PtwReqWidth;
  localparam int unsigned RspWidth = faultline_pkg::PtwRspWidth;
  localparam int unsigned TraceWidth = faultline_pkg::PtwTraceWidth;

  logic rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  // ---- The walker and its ports ----
  (* anyconst *) logic [IdWidth-1:0] id;
  (* anyseq *) logic req_valid, fence_valid;
  (* anyseq *) logic [ReqWidth-1:0] any_req;
  (* anyseq *) logic [2+64+faultline_pkg::AsidWidth-1:0] any_fence;
  (* anyseq *) logic [Count-1:0] check_allowed, mem_gnt, mem_rsp_valid;
  (* anyseq *) logic [Count*faultline_pkg::MemRspWidth-1:0] mem_rsp;
  faultline_pkg::ptw_req_t req;
  faultline_pkg::fence_t fence;
  logic req_ready;
  logic [Count-1:0] rsp_valid;
  logic [Count*RspWidth-1:0] rsp;
  logic [Count*TraceWidth-1:0] trace;
  assign req   = any_req;
  assign fence = any_fence;

  walker #(
      .Count     (Count),
      .QueueDepth(QueueDepth),
      .WcEntries1(0),
      .WcEntries2(0)
  ) dut (
      .clk_i,
      .rst_ni         (rst_n),
      .req_valid_i    (req_valid),
      .req_ready_o    (req_ready),
      .req_i          (req),
      .fence_valid_i  (fence_valid),
      .fence_i        (fence),
      .rsp_valid_o    (rsp_valid),
      .rsp_o          (rsp),
      .check_o        (),
      .check_allowed_i(check_allowed),
      .mem_req_o      (),
      .mem_gnt_i      (mem_gnt),
      .mem_o          (),
      .mem_rsp_valid_i(mem_rsp_valid),
      .mem_rsp_i      (mem_rsp),
      .trace_o        (trace),
      .wc_lookups_o   (),
      .wc_hits_o      (),
      .wc_fills_o     (),
      .wc_evictions_o (),
      .wc_fenced_o    ()
  );

  // Registers, for the invariants of the induction only.
  (* hierconn *) logic [ReqWidth-1:0] \dut.queue_q[0] , \dut.queue_q[1] ;
  (* hierconn *) logic \dut.read_q , \dut.write_q ;
  (* hierconn *) logic [1:0] \dut.fill_q ;
  (* hierconn *) logic \dut.gen_engine[0].u_ptw.busy_q , \dut.gen_engine[1].u_ptw.busy_q ;
  (* hierconn *) logic [IdWidth-1:0] \dut.gen_engine[0].u_ptw.id_q , \dut.gen_engine[1].u_ptw.id_q ;

  // ---- What the ports show ----
  logic taken, taken_ours, starts, starts_ours;
  logic [Count-1:0] started, idle, answers_ours;
  faultline_pkg::ptw_rsp_t first_rsp, second_rsp;
  faultline_pkg::ptw_trace_t first_trace, second_trace;
  assign {second_rsp, first_rsp}     = rsp;
  assign {second_trace, first_trace} = trace;
  assign started      = {second_trace.started, first_trace.started};
  assign idle         = rsp_valid | {second_trace.state == faultline_pkg::StIdle,
                                     first_trace.state == faultline_pkg::StIdle};
  assign answers_ours = rsp_valid & {second_rsp.id == id, first_rsp.id == id};
  assign taken        = req_valid && req_ready;
  assign taken_ours   = taken && req.id == id;
  assign starts       = started != '0;
  assign starts_ours  = (first_trace.started && first_trace.id == id) ||
                        (second_trace.started && second_trace.id == id);

  // The requests that wait; where ours is.
  logic [1:0] waiting_q, ahead_q;
  logic queued_q, walking_q;
  always_ff @(posedge clk_i) begin
    if (!rst_n) begin
      waiting_q <= '0;
      ahead_q   <= '0;
      queued_q  <= 1'b0;
      walking_q <= 1'b0;
    end else begin
      waiting_q <= waiting_q + 2'(taken) - 2'(starts);
      if (queued_q) ahead_q <= ahead_q - 2'(starts);
      else          ahead_q <= waiting_q - 2'(starts);
      queued_q  <= (queued_q || taken_ours) && !starts_ours;
      walking_q <= starts_ours || (walking_q && answers_ours == '0);
    end
  end

  always_comb begin : comb_environment
    if (taken_ours) assume (!queued_q && (!walking_q || answers_ours != '0));
    if (!rst_n) assume (!req_valid);
  end

  always_comb begin : comb_claims
    if (rst_n) begin
      assert (answers_ours == '0 || walking_q);
      assert (answers_ours != '1);
      assert (started != '1);
      assert (!starts || waiting_q != '0 || taken);
      if (starts && queued_q) assert (starts_ours == (ahead_q == '0));
      if (starts && !queued_q) assert (starts_ours == (taken_ours && waiting_q == '0));
      assert (starts == ((waiting_q != '0 || taken) && idle != '0));
      assert (req_ready == (32'(waiting_q) != QueueDepth || idle != '0));
      assert (32'(waiting_q) <= QueueDepth);

      cover (starts_ours && queued_q && taken && waiting_q == 2'd2);
      cover (taken_ours && starts_ours);
      cover (answers_ours[1] && taken_ours);
      cover (!req_ready && req_valid);
    end
  end

  // ---- Invariants ----
  logic [Count-1:0] walks_ours;
  logic [QueueDepth-1:0] holds_ours;  // by age in the queue, the oldest lowest
  logic [IdWidth-1:0] first_id, second_id;
  assign walks_ours = {\dut.gen_engine[1].u_ptw.busy_q && \dut.gen_engine[1].u_ptw.id_q == id,
                       \dut.gen_engine[0].u_ptw.busy_q && \dut.gen_engine[0].u_ptw.id_q == id};
  assign first_id = \dut.read_q ? \dut.queue_q[1] [ReqWidth-1-:IdWidth]
                                : \dut.queue_q[0] [ReqWidth-1-:IdWidth];
  assign second_id = \dut.read_q ? \dut.queue_q[0] [ReqWidth-1-:IdWidth]
                                 : \dut.queue_q[1] [ReqWidth-1-:IdWidth];
  assign holds_ours = {waiting_q == 2'd2 && second_id == id, waiting_q != '0 && first_id == id};
  always_comb begin : comb_invariants
    if (rst_n) begin
      assert (\dut.fill_q == waiting_q);
      assert (\dut.write_q == (\dut.read_q ^ waiting_q[0]));
      assert (!(queued_q && walking_q));
      assert (!queued_q || ahead_q < waiting_q);
      assert (holds_ours == (queued_q ? 2'd1 << ahead_q : 2'd0));
      assert ((walks_ours != '0) == walking_q && walks_ours != '1);
    end
  end

endmodule
