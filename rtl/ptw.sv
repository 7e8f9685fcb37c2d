// SPDX-License-Identifier: Apache-2.0

// One table walk at a time, for Sv39, Sv48 and Sv57 up to the largest that is built (Levels 3, 4,
// 5); the request names its own by the level of its root. A walk goes as RISC-V Privileged 1.12,
// 4.3.2 says and cycle for cycle as the states of models/mmu/walk_engine.h. Each step takes the
// cycles of its parameter, at least one; a wait takes as long as memory does, at least one cycle: a
// response may come in the cycle in which the request is granted, not before. Events have the time
// stamps that faultline_pkg defines.
//
// A fence does not stop a walk, whose result is right for the access that asked; but from then on
// the walk keeps no pointer, and its response says that the result may not be kept.
//
// Not here: the queue, the walk caches and PMP/PMA themselves, which are asked by ports.

`include "faultline_assert.svh"

module ptw #(
    parameter int unsigned Levels        = 3,
    parameter bit          WalkCache     = 1'b1,  // 0: there is none, and StLookUp is skipped
    parameter int unsigned AcceptCycles  = 1,
    parameter int unsigned LookUpCycles  = 1,
    parameter int unsigned IssueCycles   = 1,
    parameter int unsigned DecodeCycles  = 1,
    parameter int unsigned UpdateCycles  = 1,
    parameter int unsigned RespondCycles = 1
) (
    input logic clk_i,
    input logic rst_ni,

    // A request is taken if valid and ready. Each is answered once, by a pulse that cannot wait.
    input  logic                    req_valid_i,
    output logic                    req_ready_o,
    input  faultline_pkg::ptw_req_t req_i,
    output logic                    rsp_valid_o,
    output faultline_pkg::ptw_rsp_t rsp_o,

    // A fence of any scope.
    input logic fence_i,

    // PMP and PMA, asked at the end of StIssue and StUpdate.
    output faultline_pkg::check_req_t check_o,
    input  logic                      check_allowed_i,

    // The walk caches: looked up at the end of StLookUp, answered in the same cycle.
    output logic                                wc_lookup_o,
    output logic                                wc_insert_o,
    output logic [63:0]                         wc_addr_o,
    output logic [faultline_pkg::AsidWidth-1:0] wc_asid_o,
    output faultline_pkg::pointer_t             wc_pointer_o,
    input  logic                                wc_hit_i,
    input  faultline_pkg::pointer_t             wc_pointer_i,

    // Memory: one request at a time, held until it is granted.
    output logic                    mem_req_o,
    input  logic                    mem_gnt_i,
    output faultline_pkg::mem_req_t mem_o,
    input  logic                    mem_rsp_valid_i,
    input  faultline_pkg::mem_rsp_t mem_rsp_i,

    output faultline_pkg::ptw_trace_t trace_o
);

  localparam int unsigned TimerWidth = $clog2(faultline_pkg::MaxStepCycles);
  localparam int unsigned UpdatesWidth = $clog2(faultline_pkg::MaxUpdates + 1);

  // Registers.
  faultline_pkg::state_e state_q, state_d;
  logic [TimerWidth-1:0] timer_q, timer_d;
  faultline_pkg::ptw_req_t req_q, req_d;
  logic fenced_q, fenced_d;                // a fence came since the walk started
  logic [43:0] table_q, table_d;           // the table to read next
  logic [2:0] level_q, level_d;
  logic global_q, global_d;                // a pointer above was global
  logic [2:0] first_level_q, first_level_d;
  logic [63:0] pte_q, pte_d;
  logic error_q, error_d;                  // of the last response
  logic granted_q, granted_d;
  logic [UpdatesWidth-1:0] updates_q, updates_d;
  faultline_pkg::status_e status_q, status_d;

  logic last;  // the step ends with this cycle
  assign last = timer_q == '0;

  // ---- Where the entry is (step 2) ----
  logic [8:0] vpn;
  logic [55:0] entry_addr;
  always_comb begin : comb_vpn
    vpn = req_q.addr[20:12];
    for (int unsigned i = 1; i < Levels; i++) begin
      if (level_q == 3'(i)) vpn = req_q.addr[12+9*i+:9];
    end
  end
  assign entry_addr = {table_q, vpn, 3'b000};

  // 4.4.1, 4.5.1, 4.6.1: all bits from the highest that is translated on are equal.
  logic canonical;
  logic [Levels-1:2] canonical_below;  // by the root's level
  for (genvar l = 2; l < Levels; l++) begin : gen_canonical
    assign canonical_below[l] = req_q.addr[63:20+9*l] == '0 || req_q.addr[63:20+9*l] == '1;
  end
  always_comb begin : comb_canonical
    canonical = 1'b0;
    for (int unsigned l = 2; l < Levels; l++) begin
      if (req_q.root_level == 3'(l)) canonical = canonical_below[l];
    end
  end

  // ---- What the entry says (steps 3 to 7) ----
  logic is_write, is_user, is_reserved, is_leaf, is_bad_pointer, is_permitted, is_misaligned;
  logic needs_update;
  logic [63:0] updated_pte;
  assign is_write = req_q.access == faultline_pkg::AccessStore ||
                    req_q.access == faultline_pkg::AccessAmo;
  assign is_user = req_q.priv == faultline_pkg::PrivUser;
  assign is_leaf = |(pte_q & (faultline_pkg::PteR | faultline_pkg::PteX));
  assign is_reserved =
      (pte_q & (faultline_pkg::PteR | faultline_pkg::PteW)) == faultline_pkg::PteW ||
      |(pte_q & (faultline_pkg::PteReserved | faultline_pkg::PtePbmt | faultline_pkg::PteN));
  // A pointer below which there is no table, or with bits that only leaves have.
  assign is_bad_pointer = level_q == '0 ||
      |(pte_q & (faultline_pkg::PteD | faultline_pkg::PteA | faultline_pkg::PteU));
  assign needs_update = (pte_q & faultline_pkg::PteA) == '0 ||
                        (is_write && (pte_q & faultline_pkg::PteD) == '0);
  assign updated_pte = pte_q | faultline_pkg::PteA | (is_write ? faultline_pkg::PteD : '0);

  always_comb begin : comb_permission
    logic user_page, readable, writable, executable, right;
    readable   = |(pte_q & faultline_pkg::PteR);
    writable   = |(pte_q & faultline_pkg::PteW);
    executable = |(pte_q & faultline_pkg::PteX);
    user_page  = |(pte_q & faultline_pkg::PteU);
    unique case (req_q.access)
      faultline_pkg::AccessFetch: right = executable;
      faultline_pkg::AccessLoad:  right = readable || (req_q.mxr && executable);
      default:                    right = writable;
    endcase
    is_permitted = right;
    if (is_user) begin
      if (!user_page) is_permitted = 1'b0;
    end else if (user_page && (req_q.access == faultline_pkg::AccessFetch || !req_q.sum)) begin
      is_permitted = 1'b0;
    end
  end

  always_comb begin : comb_misaligned
    is_misaligned = 1'b0;
    for (int unsigned i = 1; i < Levels; i++) begin
      if (level_q >= 3'(i) && pte_q[10+9*(i-1)+:9] != '0) is_misaligned = 1'b1;
    end
  end

  // What comes of it, the first that applies: an abort, a pointer to follow, a leaf to update, or a
  // good leaf.
  logic is_followed, is_updated;
  faultline_pkg::status_e verdict;
  always_comb begin : comb_verdict
    verdict     = faultline_pkg::StatusNone;
    is_followed = 1'b0;
    is_updated  = 1'b0;
    if (error_q) begin
      verdict = faultline_pkg::StatusWalkAccessFault;
    end else if ((pte_q & faultline_pkg::PteV) == '0) begin
      verdict = faultline_pkg::StatusTranslation;
    end else if (is_reserved || (!is_leaf && is_bad_pointer)) begin
      verdict = faultline_pkg::StatusReservedEncoding;
    end else if (!is_leaf) begin
      is_followed = 1'b1;
    end else if (!is_permitted) begin
      verdict = faultline_pkg::StatusPermission;
    end else if (is_misaligned) begin
      verdict = faultline_pkg::StatusMisalignedSuperpage;
    end else if (needs_update) begin
      if (req_q.adue) begin
        is_updated = 1'b1;
      end else begin
        verdict = faultline_pkg::StatusAccessFlag;
      end
    end
  end

  faultline_pkg::pointer_t pointer;  // that the entry is, if it is one
  assign pointer = {level_q, global_q | pte_q[5], pte_q[53:10]};

  // ---- The steps ----
  logic taken, update_fits;
  assign taken = req_valid_i && req_ready_o;
  assign update_fits = updates_q != UpdatesWidth'(faultline_pkg::MaxUpdates);

  always_comb begin : comb_state
    state_d       = state_q;
    status_d      = status_q;
    table_d       = table_q;
    level_d       = level_q;
    global_d      = global_q;
    first_level_d = first_level_q;
    pte_d         = pte_q;
    error_d       = error_q;
    granted_d     = granted_q;
    updates_d     = updates_q;
    req_d         = req_q;
    fenced_d      = fenced_q | fence_i;

    unique case (state_q)
      faultline_pkg::StIdle: begin
      end

      faultline_pkg::StAccept: begin
        if (last) begin
          state_d = WalkCache ? faultline_pkg::StLookUp : faultline_pkg::StIssue;
          if (!canonical) begin
            state_d  = faultline_pkg::StRespond;
            status_d = faultline_pkg::StatusNonCanonical;
          end
        end
      end

      faultline_pkg::StLookUp: begin
        if (last) begin
          state_d = faultline_pkg::StIssue;
          if (wc_hit_i) begin
            table_d       = wc_pointer_i.ppn;
            level_d       = wc_pointer_i.level - 3'd1;
            first_level_d = wc_pointer_i.level - 3'd1;
            global_d      = wc_pointer_i.is_global;
          end
        end
      end

      faultline_pkg::StIssue: begin
        if (last) begin
          granted_d = 1'b0;
          state_d = faultline_pkg::StWait;
          if (!check_allowed_i) begin
            state_d  = faultline_pkg::StRespond;
            status_d = faultline_pkg::StatusWalkAccessFault;
          end
        end
      end

      faultline_pkg::StWait: begin
        if (mem_gnt_i) granted_d = 1'b1;
        if (mem_rsp_valid_i) begin
          state_d = faultline_pkg::StDecode;
          pte_d   = mem_rsp_i.value;
          error_d = mem_rsp_i.error;
        end
      end

      faultline_pkg::StDecode: begin
        if (last) begin
          state_d  = faultline_pkg::StRespond;
          status_d = verdict;
          if (is_followed) begin
            state_d  = faultline_pkg::StIssue;
            table_d  = pointer.ppn;
            level_d  = level_q - 3'd1;
            global_d = pointer.is_global;
          end else if (is_updated) begin
            state_d = faultline_pkg::StUpdate;
          end
        end
      end

      faultline_pkg::StUpdate: begin
        if (last) begin
          granted_d = 1'b0;
          if (update_fits) updates_d = updates_q + 1'b1;
          state_d = faultline_pkg::StUpdateWait;
          if (!update_fits || !check_allowed_i) begin
            state_d  = faultline_pkg::StRespond;
            status_d = faultline_pkg::StatusWalkAccessFault;
          end
        end
      end

      faultline_pkg::StUpdateWait: begin
        if (mem_gnt_i) granted_d = 1'b1;
        if (mem_rsp_valid_i) begin
          state_d = faultline_pkg::StRespond;
          if (mem_rsp_i.error) begin
            status_d = faultline_pkg::StatusWalkAccessFault;
          end else if (mem_rsp_i.stored) begin
            pte_d = updated_pte;
          end else begin
            state_d = faultline_pkg::StIssue;
          end
        end
      end

      faultline_pkg::StRespond: begin
        if (last) state_d = faultline_pkg::StIdle;
      end

      default: state_d = faultline_pkg::StIdle;
    endcase

    // The walker is free at the end of its response, so the next request may be taken then.
    if (taken) begin
      state_d       = faultline_pkg::StAccept;
      status_d      = faultline_pkg::StatusNone;
      req_d         = req_i;
      table_d       = req_i.root_ppn;
      level_d       = req_i.root_level;
      first_level_d = req_i.root_level;
      global_d      = 1'b0;
      updates_d     = '0;
      fenced_d      = 1'b0;
    end
  end

  // The timer is loaded when a step begins and counts down to its last cycle.
  always_comb begin : comb_timer
    timer_d = last ? timer_q : timer_q - 1'b1;
    if (state_d != state_q || taken) begin
      unique case (state_d)
        faultline_pkg::StAccept:  timer_d = TimerWidth'(AcceptCycles - 1);
        faultline_pkg::StLookUp:  timer_d = TimerWidth'(LookUpCycles - 1);
        faultline_pkg::StIssue:   timer_d = TimerWidth'(IssueCycles - 1);
        faultline_pkg::StDecode:  timer_d = TimerWidth'(DecodeCycles - 1);
        faultline_pkg::StUpdate:  timer_d = TimerWidth'(UpdateCycles - 1);
        faultline_pkg::StRespond: timer_d = TimerWidth'(RespondCycles - 1);
        default:                  timer_d = '0;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= faultline_pkg::StIdle;
      timer_q       <= '0;
      req_q         <= '0;
      fenced_q      <= 1'b0;
      table_q       <= '0;
      level_q       <= '0;
      global_q      <= 1'b0;
      first_level_q <= '0;
      pte_q         <= '0;
      error_q       <= 1'b0;
      granted_q     <= 1'b0;
      updates_q     <= '0;
      status_q      <= faultline_pkg::StatusNone;
    end else begin
      state_q       <= state_d;
      timer_q       <= timer_d;
      req_q         <= req_d;
      fenced_q      <= fenced_d;
      table_q       <= table_d;
      level_q       <= level_d;
      global_q      <= global_d;
      first_level_q <= first_level_d;
      pte_q         <= pte_d;
      error_q       <= error_d;
      granted_q     <= granted_d;
      updates_q     <= updates_d;
      status_q      <= status_d;
    end
  end

  // ---- Ports ----
  logic waiting, updating;
  assign updating = state_q == faultline_pkg::StUpdateWait;
  assign waiting = state_q == faultline_pkg::StWait || updating;

  assign rsp_valid_o = state_q == faultline_pkg::StRespond && last;
  assign req_ready_o = state_q == faultline_pkg::StIdle || rsp_valid_o;

  always_comb begin : comb_rsp
    rsp_o                  = '0;
    rsp_o.id               = req_q.id;
    rsp_o.status           = status_q;
    rsp_o.level            = level_q;
    rsp_o.pte              = status_q == faultline_pkg::StatusNone ? pte_q : '0;
    rsp_o.is_global        = status_q == faultline_pkg::StatusNone && (global_q || pte_q[5]);
    rsp_o.cacheable        = !fenced_q && !fence_i;
    rsp_o.walk_cache_level = first_level_q;
  end

  assign check_o.is_store = state_q == faultline_pkg::StUpdate;
  assign check_o.addr = entry_addr;

  assign wc_lookup_o = state_q == faultline_pkg::StLookUp && last;
  assign wc_insert_o = WalkCache && state_q == faultline_pkg::StDecode && last && is_followed &&
                       !fenced_q && !fence_i;
  assign wc_addr_o = req_q.addr;
  assign wc_asid_o = req_q.asid;
  assign wc_pointer_o = pointer;

  assign mem_req_o = waiting && !granted_q;
  assign mem_o = {updating, entry_addr, updating ? pte_q : 64'd0, updating ? updated_pte : 64'd0};

  always_comb begin : comb_trace
    trace_o               = '0;
    trace_o.state         = state_q;
    trace_o.started       = taken;
    trace_o.read_issued   = state_q == faultline_pkg::StIssue && last;
    trace_o.read_done     = state_q == faultline_pkg::StWait && mem_rsp_valid_i;
    trace_o.update_issued = state_q == faultline_pkg::StUpdate && last && update_fits;
    trace_o.update_done   = state_q == faultline_pkg::StUpdateWait && mem_rsp_valid_i;
    trace_o.refused       = !check_allowed_i;
    trace_o.stored        = mem_rsp_i.stored && !mem_rsp_i.error;
    trace_o.id            = req_i.id;
    trace_o.level         = level_q;
    trace_o.addr          = entry_addr;
    trace_o.value         = mem_rsp_i.error ? '0 : mem_rsp_i.value;
    trace_o.old_value     = pte_q;
    trace_o.new_value     = updated_pte;
  end

  // ---- Parameters ----
  if (Levels < 3 || Levels > 5) begin : gen_bad_levels
    $error("Levels must be 3 (Sv39), 4 (Sv48) or 5 (Sv57)");
  end
  if (AcceptCycles < 1 || LookUpCycles < 1 || IssueCycles < 1 || DecodeCycles < 1 ||
      UpdateCycles < 1 || RespondCycles < 1) begin : gen_bad_cycles
    $error("each step of a walk takes at least one cycle");
  end
  if (AcceptCycles > faultline_pkg::MaxStepCycles || LookUpCycles > faultline_pkg::MaxStepCycles ||
      IssueCycles > faultline_pkg::MaxStepCycles || DecodeCycles > faultline_pkg::MaxStepCycles ||
      UpdateCycles > faultline_pkg::MaxStepCycles ||
      RespondCycles > faultline_pkg::MaxStepCycles) begin : gen_too_long
    $error("each step of a walk takes at most %0d cycles", faultline_pkg::MaxStepCycles);
  end
  // An entry is read again only after an update of it was lost.
  if (Levels + faultline_pkg::MaxUpdates > faultline_pkg::MaxReads) begin : gen_too_many_reads
    $error("a walk may read more entries than its record holds");
  end

  // ---- Assertions ----
  // One request is open from the cycle after it was taken to its response.
  localparam int unsigned ReadsWidth = $clog2(faultline_pkg::MaxReads + 1);
  localparam int unsigned Bound = faultline_pkg::walk_bound(
      AcceptCycles, LookUpCycles, IssueCycles, DecodeCycles, UpdateCycles, RespondCycles);
  logic open_q, granted_before_q, put_before_q;
  faultline_pkg::mem_req_t mem_before_q;
  logic [ReadsWidth-1:0] reads_q;  // of this walk
  logic [31:0] busy_q;  // its cycles, but for those in which it waited for memory
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q           <= 1'b0;
      granted_before_q <= 1'b0;
      put_before_q     <= 1'b0;
      mem_before_q     <= '0;
      reads_q          <= '0;
      busy_q           <= '0;
    end else begin
      open_q           <= taken || (open_q && !rsp_valid_o);
      granted_before_q <= (granted_before_q || mem_gnt_i) && !mem_rsp_valid_i;
      put_before_q     <= mem_req_o && !mem_gnt_i;
      mem_before_q     <= mem_o;
      reads_q          <= taken ? '0 : reads_q + ReadsWidth'(trace_o.read_issued);
      busy_q           <= taken ? '0 : busy_q + 32'(open_q && !waiting);
    end
  end
  // Each request is answered exactly once.
  `FAULTLINE_ASSERT(ResponseOnlyToRequest_A, !rsp_valid_o || open_q)
  `FAULTLINE_ASSERT(ResponseHasIdOfRequest_A, !rsp_valid_o || rsp_o.id == req_q.id)
  `FAULTLINE_ASSERT(OneRequestAtATime_A, !taken || !open_q || rsp_valid_o)
  `FAULTLINE_ASSERT(IdleHasAnswered_A, open_q == (state_q != faultline_pkg::StIdle))
  `FAULTLINE_ASSERT(StateIsNamed_A, state_q <= faultline_pkg::StRespond)
  // Memory: a request stands as it is until it is granted, and none follows before the response.
  `FAULTLINE_ASSERT(NoGrantWithoutRequest_A, !mem_gnt_i || mem_req_o)
  `FAULTLINE_ASSERT(NoResponseWithoutGrant_A, !mem_rsp_valid_i || mem_gnt_i || granted_before_q)
  `FAULTLINE_ASSERT(OneMemoryRequestAtATime_A, !mem_req_o || !granted_before_q)
  `FAULTLINE_ASSERT(RequestStandsUntilGranted_A,
                    !put_before_q || (mem_req_o && mem_o == mem_before_q))
  `FAULTLINE_ASSERT(NoRequestAfterFault_A,
                    !mem_req_o || status_q == faultline_pkg::StatusNone)
  `FAULTLINE_ASSERT(UpdateOnlyIfSvadu_A, !(mem_req_o && updating) || req_q.adue)
  // Only the reset gives a walk up: a fence lets it go on, and flushes what it would leave behind.
  `FAULTLINE_ASSERT(RequestOnlyOfOpenWalk_A, !mem_req_o || open_q)
  `FAULTLINE_ASSERT(NoPointerKeptAfterFence_A, !wc_insert_o || !(fenced_q || fence_i))
  `FAULTLINE_ASSERT(NotCacheableAfterFence_A, !rsp_o.cacheable || !(fenced_q || fence_i))
  // What comes in is a walk that this engine is built for.
  `FAULTLINE_ASSERT(RequestIsPaged_A, !taken || req_i.priv != faultline_pkg::PrivMachine)
  `FAULTLINE_ASSERT(RootExists_A,
                    !taken || (req_i.root_level >= 3'd2 && 32'(req_i.root_level) < Levels))
  `FAULTLINE_ASSERT(PointerExists_A, !(wc_lookup_o && wc_hit_i) ||
                    (wc_pointer_i.level != '0 && 32'(wc_pointer_i.level) < Levels))
  `FAULTLINE_ASSERT(LevelExists_A, 32'(level_q) < Levels)
  // A walk ends, as long as memory answers.
  `FAULTLINE_ASSERT(RecordIsBounded_A, 32'(reads_q) <= faultline_pkg::MaxReads &&
                                       32'(updates_q) <= faultline_pkg::MaxUpdates)
  `FAULTLINE_ASSERT(StepIsBounded_A, 32'(timer_q) < faultline_pkg::MaxStepCycles)
  `FAULTLINE_ASSERT(WalkIsBounded_A, busy_q <= Bound)

endmodule
