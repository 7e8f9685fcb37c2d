// SPDX-License-Identifier: Apache-2.0

// The table walkers of one MMU, as models/mmu/walk_engine.h describes them, cycle for cycle: a
// queue, Count walk engines (ptw) and the walk caches that they share. Memory, PMP and PMA are
// asked by ports, of which each engine has its own.
//
// - One request a cycle. While it is not ready, whoever asks waits outside.
// - The queue is first in, first out, and falls through: a request that finds it empty and an
//   engine idle starts in the cycle in which it comes. The place of a request is free again in the
//   cycle in which it starts.
// - Each cycle at most one request, the oldest, starts, on the idle engine of the lowest number. An
//   engine is idle again in the cycle of its response.
// - The walk caches are at everyone's disposal in each cycle; see walk_cache.sv.
// - A fence comes before everything else of its cycle. It stops no walk, whose result is right for
//   the access that asked; but a walk that has started before it keeps no more pointers, and its
//   response says that the result may not be kept.
//
// Engine i has bits [i*Width +: Width] of a vector of bundles (faultline_pkg) of that Width.

`include "faultline_assert.svh"

module walker #(
    parameter int unsigned Levels              = 3,  // of the largest format (ptw.sv)
    parameter int unsigned Count               = 1,  // walk engines
    parameter int unsigned QueueDepth          = 4,
    // Cycles of the steps (ptw.sv).
    parameter int unsigned AcceptCycles        = 1,
    parameter int unsigned LookUpCycles        = 1,
    parameter int unsigned IssueCycles         = 1,
    parameter int unsigned DecodeCycles        = 1,
    parameter int unsigned UpdateCycles        = 1,
    parameter int unsigned RespondCycles       = 1,
    // The walk caches, by the level of the pointers; 0 entries: that level has none.
    parameter int unsigned WcEntries1          = 16,
    parameter int unsigned WcEntries2          = 4,
    parameter int unsigned WcEntries3          = 0,
    parameter int unsigned WcEntries4          = 0,
    parameter int unsigned WcWays1             = 16,
    parameter int unsigned WcWays2             = 4,
    parameter int unsigned WcWays3             = 1,
    parameter int unsigned WcWays4             = 1,
    parameter int unsigned WcReplace           = 0,  // replacement_e
    parameter logic [63:0] WcSeed              = 64'd1,
    parameter bit          WcAddressFenceDrops = 1'b1
) (
    input logic clk_i,
    input logic rst_ni,

    // A request is taken if valid and ready. No two that are open have the same id.
    input  logic                    req_valid_i,
    output logic                    req_ready_o,
    input  faultline_pkg::ptw_req_t req_i,

    input logic                  fence_valid_i,
    input faultline_pkg::fence_t fence_i,

    // Each request is answered once, by a pulse that cannot wait.
    output logic [Count-1:0]                            rsp_valid_o,
    output logic [Count*faultline_pkg::PtwRspWidth-1:0] rsp_o,  // ptw_rsp_t

    // PMP and PMA, answered in the same cycle.
    output logic [Count*faultline_pkg::CheckReqWidth-1:0] check_o,  // check_req_t
    input  logic [Count-1:0]                              check_allowed_i,

    // Memory: one request at a time and engine, held until it is granted. A response may come in
    // the cycle of the grant, not before.
    output logic [Count-1:0]                            mem_req_o,
    input  logic [Count-1:0]                            mem_gnt_i,
    output logic [Count*faultline_pkg::MemReqWidth-1:0] mem_o,  // mem_req_t
    input  logic [Count-1:0]                            mem_rsp_valid_i,
    input  logic [Count*faultline_pkg::MemRspWidth-1:0] mem_rsp_i,  // mem_rsp_t

    output logic [Count*faultline_pkg::PtwTraceWidth-1:0] trace_o,  // ptw_trace_t

    // What the walk cache of each level does in this cycle: level l has bits [l*Width +: Width],
    // which are 0 if it has no entries.
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  wc_lookups_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  wc_hits_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  wc_fills_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  wc_evictions_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcFencedWidth-1:0] wc_fenced_o
);

  localparam int unsigned AsidWidth = faultline_pkg::AsidWidth;
  localparam int unsigned RspWidth = faultline_pkg::PtwRspWidth;
  localparam int unsigned CheckWidth = faultline_pkg::CheckReqWidth;
  localparam int unsigned MemReqWidth = faultline_pkg::MemReqWidth;
  localparam int unsigned MemRspWidth = faultline_pkg::MemRspWidth;
  localparam int unsigned TraceWidth = faultline_pkg::PtwTraceWidth;
  localparam int unsigned PointerWidth = faultline_pkg::PointerWidth;
  localparam int unsigned PlaceWidth = QueueDepth > 1 ? $clog2(QueueDepth) : 1;
  localparam int unsigned FillWidth = $clog2(QueueDepth + 1);
  localparam bit HasWalkCache =
      WcEntries1 != 0 || WcEntries2 != 0 || WcEntries3 != 0 || WcEntries4 != 0;

  // ---- Queue and dispatch ----
  logic [faultline_pkg::PtwReqWidth-1:0] queue_q[QueueDepth];
  logic [PlaceWidth-1:0] read_q, write_q;
  logic [FillWidth-1:0] fill_q;
  logic [Count-1:0] idle, start;
  logic taken, empty, push, pop;
  faultline_pkg::ptw_req_t oldest;

  function automatic logic [PlaceWidth-1:0] after(input logic [PlaceWidth-1:0] place);
    after = place == PlaceWidth'(QueueDepth - 1) ? '0 : place + 1'b1;
  endfunction

  assign empty = fill_q == '0;
  assign req_ready_o = fill_q != FillWidth'(QueueDepth) || idle != '0;
  assign taken = req_valid_i && req_ready_o;
  assign oldest = empty ? req_i : queue_q[read_q];
  assign start = !empty || req_valid_i ? idle & (~idle + 1'b1) : '0;
  assign pop = !empty && start != '0;
  assign push = taken && !(empty && start != '0);

  always_ff @(posedge clk_i) begin
    if (push) queue_q[write_q] <= req_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q  <= '0;
      write_q <= '0;
      fill_q  <= '0;
    end else begin
      if (pop) read_q <= after(read_q);
      if (push) write_q <= after(write_q);
      fill_q <= fill_q + FillWidth'(push) - FillWidth'(pop);
    end
  end

  // ---- Walk engines ----
  logic [Count-1:0] wc_lookup, wc_insert, wc_hit;
  logic [Count*64-1:0] wc_addr;
  logic [Count*AsidWidth-1:0] wc_asid;
  logic [Count*PointerWidth-1:0] wc_inserted, wc_found;

  for (genvar i = 0; i < Count; i++) begin : gen_engine
    ptw #(
        .Levels(Levels),
        .WalkCache(HasWalkCache),
        .AcceptCycles(AcceptCycles),
        .LookUpCycles(LookUpCycles),
        .IssueCycles(IssueCycles),
        .DecodeCycles(DecodeCycles),
        .UpdateCycles(UpdateCycles),
        .RespondCycles(RespondCycles)
    ) u_ptw (
        .clk_i,
        .rst_ni,
        .req_valid_i(start[i]),
        .req_ready_o(idle[i]),
        .req_i(oldest),
        .rsp_valid_o(rsp_valid_o[i]),
        .rsp_o(rsp_o[i*RspWidth+:RspWidth]),
        .fence_i(fence_valid_i),
        .check_o(check_o[i*CheckWidth+:CheckWidth]),
        .check_allowed_i(check_allowed_i[i]),
        .wc_lookup_o(wc_lookup[i]),
        .wc_insert_o(wc_insert[i]),
        .wc_addr_o(wc_addr[i*64+:64]),
        .wc_asid_o(wc_asid[i*AsidWidth+:AsidWidth]),
        .wc_pointer_o(wc_inserted[i*PointerWidth+:PointerWidth]),
        .wc_hit_i(wc_hit[i]),
        .wc_pointer_i(wc_found[i*PointerWidth+:PointerWidth]),
        .mem_req_o(mem_req_o[i]),
        .mem_gnt_i(mem_gnt_i[i]),
        .mem_o(mem_o[i*MemReqWidth+:MemReqWidth]),
        .mem_rsp_valid_i(mem_rsp_valid_i[i]),
        .mem_rsp_i(mem_rsp_i[i*MemRspWidth+:MemRspWidth]),
        .trace_o(trace_o[i*TraceWidth+:TraceWidth])
    );
  end

  // ---- Walk caches ----
  if (HasWalkCache) begin : gen_walk_cache
    walk_cache #(
        .Levels(Levels),
        .Ports(Count),
        .Entries1(WcEntries1),
        .Entries2(WcEntries2),
        .Entries3(WcEntries3),
        .Entries4(WcEntries4),
        .Ways1(WcWays1),
        .Ways2(WcWays2),
        .Ways3(WcWays3),
        .Ways4(WcWays4),
        .Replace(WcReplace),
        .Seed(WcSeed),
        .AddressFenceDrops(WcAddressFenceDrops)
    ) u_walk_cache (
        .clk_i,
        .rst_ni,
        .fence_valid_i,
        .fence_i,
        .lookup_i(wc_lookup),
        .insert_i(wc_insert),
        .addr_i(wc_addr),
        .asid_i(wc_asid),
        .pointer_i(wc_inserted),
        .hit_o(wc_hit),
        .pointer_o(wc_found),
        .lookups_o(wc_lookups_o),
        .hits_o(wc_hits_o),
        .fills_o(wc_fills_o),
        .evictions_o(wc_evictions_o),
        .fenced_o(wc_fenced_o)
    );
  end else begin : gen_no_walk_cache
    logic unused_operations;
    assign unused_operations =
        ^{wc_lookup, wc_insert, wc_addr, wc_asid, wc_inserted, fence_i};
    assign wc_hit = '0;
    assign wc_found = '0;
    assign wc_lookups_o = '0;
    assign wc_hits_o = '0;
    assign wc_fills_o = '0;
    assign wc_evictions_o = '0;
    assign wc_fenced_o = '0;
  end

  // ---- Parameters ----
  if (Count < 1 || Count > faultline_pkg::MaxEngines) begin : gen_bad_count
    $error("Count must be 1 to %0d", faultline_pkg::MaxEngines);
  end
  if (QueueDepth < 1 || QueueDepth > faultline_pkg::MaxQueueDepth) begin : gen_bad_queue
    $error("QueueDepth must be 1 to %0d", faultline_pkg::MaxQueueDepth);
  end

  // ---- Assertions ----
  // Each request is answered exactly once: a list of the ids of those that are open.
  localparam int unsigned IdWidth = faultline_pkg::IdWidth;
  localparam int unsigned MaxOpen = QueueDepth + Count;
  localparam int unsigned SlotWidth = $clog2(MaxOpen);
  logic [MaxOpen-1:0] open_q, open_d;
  logic [IdWidth-1:0] ids_q[MaxOpen];
  logic [SlotWidth-1:0] slot;  // a free one
  logic unknown_response, doubled_request;

  always_comb begin : comb_open
    logic found;
    open_d           = open_q;
    unknown_response = 1'b0;
    doubled_request  = 1'b0;
    slot             = '0;
    for (int unsigned i = 0; i < Count; i++) begin
      found = 1'b0;
      for (int unsigned o = 0; o < MaxOpen; o++) begin
        if (rsp_valid_o[i] && open_d[o] && ids_q[o] == rsp_o[(i+1)*RspWidth-1-:IdWidth]) begin
          open_d[o] = 1'b0;
          found     = 1'b1;
        end
      end
      unknown_response |= rsp_valid_o[i] && !found;
    end
    for (int unsigned o = 0; o < MaxOpen; o++) begin
      doubled_request |= taken && open_d[o] && ids_q[o] == req_i.id;
      if (!open_d[o]) slot = SlotWidth'(o);
    end
    if (taken) open_d[slot] = 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (taken) ids_q[slot] <= req_i.id;
  end

  // A queue of the ids that is as simple as can be, to compare the real one with.
  logic [IdWidth-1:0] ring_q[1 << PlaceWidth];
  logic [PlaceWidth-1:0] pushes_q, pops_q;
  always_ff @(posedge clk_i) begin
    if (push) ring_q[pushes_q] <= req_i.id;
  end

  // Engines that have a walk; and how long the oldest request has waited for one, but for cycles in
  // which engine 0 waited for memory, in whose other cycles its walk comes nearer to its end.
  localparam int unsigned Bound = faultline_pkg::walk_bound(
      AcceptCycles, LookUpCycles, IssueCycles, DecodeCycles, UpdateCycles, RespondCycles);
  logic [Count-1:0] walking;
  logic at_memory;
  logic [31:0] stalled_q;
  for (genvar i = 0; i < Count; i++) begin : gen_walking
    assign walking[i] = trace_o[(i+1)*TraceWidth-1-:4] != faultline_pkg::StIdle;
  end
  assign at_memory = trace_o[TraceWidth-1-:4] == faultline_pkg::StWait ||
                     trace_o[TraceWidth-1-:4] == faultline_pkg::StUpdateWait;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q    <= '0;
      pushes_q  <= '0;
      pops_q    <= '0;
      stalled_q <= '0;
    end else begin
      open_q    <= open_d;
      pushes_q  <= pushes_q + PlaceWidth'(push);
      pops_q    <= pops_q + PlaceWidth'(pop);
      stalled_q <= empty || start != '0 ? '0 : stalled_q + 32'(!at_memory);
    end
  end

  `FAULTLINE_ASSERT(ResponseOnlyToRequest_A, !unknown_response)
  `FAULTLINE_ASSERT(RequestHasNewId_A, !doubled_request)
  `FAULTLINE_ASSERT(NoRequestIsLost_A, 32'($countones(open_q)) ==
                                       32'(fill_q) + 32'($countones(walking)))
  `FAULTLINE_ASSERT(QueueFits_A, 32'(fill_q) <= QueueDepth)
  `FAULTLINE_ASSERT(NoOverflow_A, !push || pop || fill_q != FillWidth'(QueueDepth))
  `FAULTLINE_ASSERT(NoUnderflow_A, !pop || !empty)
  `FAULTLINE_ASSERT(FirstInFirstOut_A, !pop || oldest.id == ring_q[pops_q])
  `FAULTLINE_ASSERT(NobodyOvertakes_A, start == '0 || !empty || oldest.id == req_i.id)
  `FAULTLINE_ASSERT(OnlyRequestsStart_A, start == '0 || !empty || taken)
  `FAULTLINE_ASSERT(LowestIdleStarts_A, start == '0 || ((start & idle) != '0 &&
                                                        ((start - 1'b1) & idle) == '0))
  `FAULTLINE_ASSERT(NobodyIdlesWhileOneWaits_A, start != '0 || idle == '0 || (empty && !taken))
  // With the bound of each walk (ptw) and this one, all requests are answered as long as memory is.
  `FAULTLINE_ASSERT(StallIsBounded_A, stalled_q <= Bound)

endmodule
