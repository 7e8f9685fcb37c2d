// SPDX-License-Identifier: Apache-2.0

// A translation lookaside buffer, the counterpart of models/mmu/tlb.h: set-associative, entries of
// every level from MinLevel to MaxLevel side by side, tagged with ASID or global. It serves as the
// L2 TLB, and with MinLevel = MaxLevel as the walk cache of one level.
//
// Of the events of one cycle, the fence comes first. Lookups see what it left, whatever other ports
// do. At the end of the cycle come the effects, in the order of the ports: the use of an entry that
// was hit, or an insertion, which drops all that the new entry overlaps, so that at most one entry
// matches any address. Lookups are answered LatencyCycles after the cycle in which they are made; 0
// is the same cycle.
//
// One set holds entries of every level and compares them at once. Of several sets, each level
// indexes its own by its part of the address, all levels at the same time. Tags, data and order are
// memories without reset; what changes in many places at once, the valid bits, is a vector.
//
// Replacement: an invalid way is filled first. LRU and FIFO keep the ranks of a set's ways, 0 being
// the oldest; tree-PLRU the tree of models/common/replacement.h; random the generator of that file.

`include "faultline_assert.svh"

module tlb #(
    parameter int unsigned Levels        = 3,  // of the format
    parameter int unsigned MinLevel      = 0,  // of the entries
    parameter int unsigned MaxLevel      = Levels - 1,
    parameter int unsigned Entries       = 64,
    parameter int unsigned Ways          = 4,
    parameter int unsigned Ports         = 2,
    parameter int unsigned DataWidth     = 64,
    parameter int unsigned LatencyCycles = 0,
    parameter int unsigned Replace       = 1,  // replacement_e
    parameter logic [63:0] Seed          = 64'd1
) (
    input logic clk_i,
    input logic rst_ni,

    input logic                  fence_valid_i,
    input faultline_pkg::fence_t fence_i,

    // By port: at most one of lookup and insertion.
    input logic [Ports-1:0]                           lookup_i,
    input logic [Ports-1:0]                           insert_i,
    input logic [Ports*64-1:0]                        addr_i,
    input logic [Ports*faultline_pkg::AsidWidth-1:0]  asid_i,
    // Of an insertion.
    input logic [Ports*faultline_pkg::LevelWidth-1:0] level_i,
    input logic [Ports-1:0]                           global_i,
    input logic [Ports*DataWidth-1:0]                 data_i,

    // Of a lookup; without a hit all but the first are 0.
    output logic [Ports-1:0]                           rsp_valid_o,
    output logic [Ports-1:0]                           hit_o,
    output logic [Ports*faultline_pkg::LevelWidth-1:0] level_o,
    output logic [Ports-1:0]                           global_o,
    output logic [Ports*DataWidth-1:0]                 data_o,

    // For statistics, in the cycle itself: by port, a valid entry is replaced; how many entries the
    // fence drops.
    output logic [Ports-1:0]             evicted_o,
    output logic [$clog2(Entries+1)-1:0] fenced_o
);

  localparam int unsigned LevelWidth = faultline_pkg::LevelWidth;
  localparam int unsigned AsidWidth = faultline_pkg::AsidWidth;
  localparam int unsigned VpnWidth = faultline_pkg::VpnBits * Levels;
  localparam int unsigned VaBits = faultline_pkg::PageShift + VpnWidth;
  localparam int unsigned Sets = Entries / Ways;
  localparam int unsigned SetBits = Sets > 1 ? $clog2(Sets) : 1;
  localparam int unsigned WayBits = Ways > 1 ? $clog2(Ways) : 1;
  localparam int unsigned RowBits = Entries > 1 ? $clog2(Entries) : 1;
  localparam int unsigned CountWidth = $clog2(Entries + 1);
  // A lookup probes a set for each level from MinLevel to LastProbe, and Candidates entries in all.
  localparam int unsigned LastProbe = Sets == 1 ? MinLevel : MaxLevel;
  localparam int unsigned Candidates = (LastProbe - MinLevel + 1) * Ways;
  localparam bit SameLevel = MinLevel == MaxLevel;
  localparam logic [VpnWidth-1:0] AllVpn = {VpnWidth{1'b1}};  // yosys 0.23 takes '1 for 1 here
  localparam logic [Sets-1:0] OneSet = 1;
  // Replacement state of a set.
  localparam bit Ranked = Replace == 0 || Replace == 2;
  localparam int unsigned OrderWidth = Ranked ? Ways * WayBits : Ways > 1 ? Ways - 1 : 1;
  localparam logic [63:0] FirstRandom = (Seed * 64'h9e3779b97f4a7c15) | 64'd1;

  // The entries, by row (row_of). Bits of a VPN inside the page are as inserted and do not count.
  logic [Entries-1:0] valid_q, valid_d;
  logic [VpnWidth-1:0] vpn_q[Entries];
  logic [AsidWidth-1:0] asid_q[Entries];
  logic global_q[Entries];
  logic [LevelWidth-1:0] level_q[Entries];
  logic [DataWidth-1:0] data_q[Entries];
  // By set: whether order_q holds its order, which otherwise is FirstOrder; so that needs no reset.
  logic [Sets-1:0] ordered_q, ordered_d;
  logic [OrderWidth-1:0] order_q[Sets];
  logic [63:0] random_q, random_d;

  function automatic logic [SetBits-1:0] set_of(input logic [VpnWidth-1:0] vpn,
                                                input int unsigned level);
    set_of = Sets > 1 ? SetBits'(vpn >> (9 * level)) : '0;
  endfunction

  function automatic logic [RowBits-1:0] row_of(input int unsigned way,
                                                input logic [SetBits-1:0] set);
    row_of = RowBits'(way * Sets) | RowBits'(set);
  endfunction

  function automatic logic [SetBits-1:0] set_in(input logic [RowBits-1:0] row);
    set_in = Sets > 1 ? SetBits'(row & RowBits'(Sets - 1)) : '0;
  endfunction

  function automatic logic [WayBits-1:0] way_in(input logic [RowBits-1:0] row);
    way_in = WayBits'(row >> $clog2(Sets));
  endfunction

  // `upper` is an address from the highest bit that is translated on.
  function automatic logic canonical(input logic [64-VaBits:0] upper);
    canonical = upper == '0 || upper == '1;
  endfunction

  // Ranks begin as the ways' numbers: a permutation, which each use keeps.
  function automatic logic [OrderWidth-1:0] first_order(input bit ranked);
    first_order = '0;
    if (ranked) begin
      for (int unsigned w = 0; w < Ways; w++) first_order[(w*WayBits)+:WayBits] = WayBits'(w);
    end
  endfunction
  localparam logic [OrderWidth-1:0] FirstOrder = first_order(Ranked);

  // The order after a use of `way`.
  function automatic logic [OrderWidth-1:0] used(input logic [OrderWidth-1:0] order,
                                                 input logic [WayBits-1:0] way);
    used = order;
    if (Ranked) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (order[(w*WayBits)+:WayBits] >
            order[(32'(way)*WayBits)+:WayBits]) begin
          used[(w*WayBits)+:WayBits] = order[(w*WayBits)+:WayBits] - 1'b1;
        end
      end
      used[(32'(way)*WayBits)+:WayBits] = WayBits'(Ways - 1);
    end else if (Replace == 1 && Ways > 1) begin
      for (int unsigned d = 0; d < WayBits; d++) begin
        used[((1<<d)-1+(32'(way)>>(WayBits-d)))] = !way[WayBits-1-d];
      end
    end
  endfunction

  // The way to evict from a full set; `random` is the generator after its step.
  function automatic logic [WayBits-1:0] victim(input logic [OrderWidth-1:0] order,
                                                input logic [63:0] random);
    victim = '0;
    if (Ranked) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (order[(w*WayBits)+:WayBits] == '0) victim = victim | WayBits'(w);
      end
    end else if (Replace == 1 && Ways > 1) begin
      for (int unsigned d = 0; d < WayBits; d++) begin
        victim[WayBits-1-d] = order[((1<<d)-1+(32'(victim)>>(WayBits-d)))];
      end
    end else if (Replace == 3) begin
      victim = WayBits'(31'((random * 64'h2545f4914f6cdd1d) >> 33) % 31'(Ways));
    end
  endfunction

  function automatic logic [63:0] stepped(input logic [63:0] random);
    stepped = random ^ (random >> 12);
    stepped = stepped ^ (stepped << 25);
    stepped = stepped ^ (stepped >> 27);
  endfunction

  // ---- Fence ----
  logic [Entries-1:0] kept;  // the valid entries that it leaves
  always_comb begin : comb_fence
    logic [VpnWidth-1:0] vpn, mask;
    logic [SetBits-1:0] set;
    logic [RowBits-1:0] row;
    logic [LevelWidth-1:0] level;
    logic drop;
    kept     = valid_q;
    fenced_o = '0;
    vpn      = fence_i.addr[12+:VpnWidth];
    mask     = '0;
    set      = '0;
    row      = '0;
    level    = '0;
    drop     = 1'b0;
    if (fence_valid_i) begin
      if (!fence_i.has_addr) begin
        for (int unsigned i = 0; i < Entries; i++) begin
          drop = valid_q[i] && (!fence_i.has_asid || (!global_q[i] && asid_q[i] == fence_i.asid));
          if (drop) kept[i] = 1'b0;
          fenced_o = fenced_o + CountWidth'(drop);
        end
      end else if (canonical(fence_i.addr[63:VaBits-1])) begin
        for (int unsigned l = MinLevel; l <= LastProbe; l++) begin
          set = Sets > 1 ? SetBits'(vpn >> (9 * l)) : '0;
          for (int unsigned w = 0; w < Ways; w++) begin
            row   = RowBits'(w * Sets) | RowBits'(set);
            level = SameLevel ? LevelWidth'(MinLevel) : level_q[row];
            mask  = AllVpn << (9 * (Sets > 1 ? l : 32'(level)));
            drop  = valid_q[row] && (Sets == 1 || level == LevelWidth'(l)) &&
                    ((vpn ^ vpn_q[row]) & mask) == '0 &&
                    (!fence_i.has_asid || (!global_q[row] && asid_q[row] == fence_i.asid));
            if (drop) kept[w*Sets+:Sets] = kept[w*Sets+:Sets] & ~(OneSet << set);
            fenced_o = fenced_o + CountWidth'(drop);
          end
        end
      end
    end
  end

  // ---- Probes ----
  // By port and candidate: the entry holds the address of a lookup, or overlaps an insertion.
  logic [Ports*Candidates-1:0] found;
  logic [Ports-1:0] hit, hit_global;
  logic [Ports*RowBits-1:0] hit_row;
  logic [Ports*LevelWidth-1:0] hit_level;
  logic [Ports*DataWidth-1:0] hit_data;
  always_comb begin : comb_probe
    logic [VpnWidth-1:0] vpn, mask;
    logic [AsidWidth-1:0] asid;
    logic [SetBits-1:0] set;
    logic [RowBits-1:0] row, match_row;
    logic [LevelWidth-1:0] level, reach, span;
    logic any_asid;
    found      = '0;
    hit        = '0;
    hit_row    = '0;
    hit_level  = '0;
    hit_global = '0;
    hit_data   = '0;
    vpn        = '0;
    mask       = '0;
    asid       = '0;
    set        = '0;
    row        = '0;
    match_row  = '0;
    level      = '0;
    reach      = '0;
    span       = '0;
    any_asid   = 1'b0;
    for (int unsigned p = 0; p < Ports; p++) begin
      if ((lookup_i[p] || insert_i[p]) && canonical(addr_i[p*64+VaBits-1+:65-VaBits])) begin
        vpn       = addr_i[p*64+12+:VpnWidth];
        asid      = asid_i[p*AsidWidth+:AsidWidth];
        any_asid  = insert_i[p] && global_i[p];
        reach     = insert_i[p] ? level_i[p*LevelWidth+:LevelWidth] : '0;
        match_row = '0;
        for (int unsigned l = MinLevel; l <= LastProbe; l++) begin
          set = Sets > 1 ? SetBits'(vpn >> (9 * l)) : '0;
          for (int unsigned w = 0; w < Ways; w++) begin
            row   = RowBits'(w * Sets) | RowBits'(set);
            level = SameLevel ? LevelWidth'(MinLevel) : level_q[row];
            span  = Sets > 1 ? LevelWidth'(l) : level > reach ? level : reach;
            mask  = AllVpn << (9 * 32'(span));
            if (kept[row] && (Sets == 1 || level == LevelWidth'(l))) begin
              if (((vpn ^ vpn_q[row]) & mask) == '0 &&
                  (global_q[row] || any_asid || asid_q[row] == asid)) begin
                found[p*Candidates+(l-MinLevel)*Ways+w] = 1'b1;
                match_row = match_row | row;  // no other matches a lookup
              end
            end
          end
        end
        hit[p] = lookup_i[p] && found[p*Candidates+:Candidates] != '0;
        if (hit[p]) begin
          hit_row[p*RowBits+:RowBits]         = match_row;
          hit_level[p*LevelWidth+:LevelWidth] =
              SameLevel ? LevelWidth'(MinLevel) : level_q[match_row];
          hit_global[p]                       = global_q[match_row];
          hit_data[p*DataWidth+:DataWidth]    = data_q[match_row];
        end
      end
    end
  end

  // ---- Insertions of the same cycle ----
  logic [Ports*Ports-1:0] overlap;  // [p*Ports+q]: what p inserts overlaps what the earlier q does
  always_comb begin : comb_overlap
    logic [LevelWidth-1:0] level;
    overlap = '0;
    level   = '0;
    for (int unsigned p = 1; p < Ports; p++) begin
      for (int unsigned q = 0; q < p; q++) begin
        if (insert_i[p] && insert_i[q]) begin
          level = level_i[p*LevelWidth+:LevelWidth];
          if (level < level_i[q*LevelWidth+:LevelWidth]) level = level_i[q*LevelWidth+:LevelWidth];
          overlap[p*Ports+q] =
              ((addr_i[p*64+12+:VpnWidth] ^ addr_i[q*64+12+:VpnWidth]) >> (9 * level)) == '0 &&
              (global_i[p] || global_i[q] ||
               asid_i[p*AsidWidth+:AsidWidth] == asid_i[q*AsidWidth+:AsidWidth]);
        end
      end
    end
  end

  // ---- Effects, port after port ----
  logic [Ports*RowBits-1:0] row;  // that is hit or filled
  logic [Ports-1:0] moves;        // the order of its set
  logic [Ports*OrderWidth-1:0] order;
  always_comb begin : comb_effects
    logic [Ports-1:0] holds;  // the port's row has what it has inserted
    logic [VpnWidth-1:0] vpn, mask;
    logic [LevelWidth-1:0] level;
    logic [SetBits-1:0] set;
    logic [WayBits-1:0] way;
    logic full;
    valid_d   = kept;
    random_d  = random_q;
    ordered_d = ordered_q;
    row       = hit_row;
    moves     = '0;
    order     = '0;
    evicted_o = '0;
    holds     = '0;
    vpn       = '0;
    mask      = '0;
    level     = '0;
    set       = '0;
    way       = '0;
    full      = 1'b0;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (hit[p] || insert_i[p]) begin
        vpn   = addr_i[p*64+12+:VpnWidth];
        level = level_i[p*LevelWidth+:LevelWidth];
        set   = set_in(hit_row[p*RowBits+:RowBits]);
        way   = way_in(hit_row[p*RowBits+:RowBits]);
        for (int unsigned l = MinLevel; l <= MaxLevel; l++) begin
          if (insert_i[p] && level == LevelWidth'(l)) set = set_of(vpn, l);
        end
        order[p*OrderWidth+:OrderWidth] = ordered_q[set] ? order_q[set] : FirstOrder;
        for (int unsigned q = 0; q < p; q++) begin
          if (moves[q] && set_in(row[q*RowBits+:RowBits]) == set) begin
            order[p*OrderWidth+:OrderWidth] = order[q*OrderWidth+:OrderWidth];
          end
        end

        if (insert_i[p]) begin
          // Drop what it overlaps: of earlier cycles, then of earlier ports.
          for (int unsigned l = MinLevel; l <= LastProbe; l++) begin
            for (int unsigned w = 0; w < Ways; w++) begin
              if (found[p*Candidates+(l-MinLevel)*Ways+w]) begin
                valid_d[w*Sets+:Sets] = valid_d[w*Sets+:Sets] & ~(OneSet << set_of(vpn, l));
              end
            end
          end
          if (Sets > 1 && !SameLevel && level > LevelWidth'(MinLevel)) begin
            mask = AllVpn << (9 * 32'(level));  // smaller pages inside are in any set
            for (int unsigned i = 0; i < Entries; i++) begin
              if (level_q[i] < level && ((vpn ^ vpn_q[i]) & mask) == '0 &&
                  (global_i[p] || global_q[i] || asid_q[i] == asid_i[p*AsidWidth+:AsidWidth])) begin
                valid_d[i] = 1'b0;
              end
            end
          end
          for (int unsigned q = 0; q < p; q++) begin
            if (overlap[p*Ports+q]) holds[q] = 1'b0;
            if (insert_i[q]) valid_d[row[q*RowBits+:RowBits]] = holds[q];
          end
          // Fill the first way that is invalid, or the oldest.
          full = 1'b1;
          for (int unsigned w = 0; w < Ways; w++) begin
            if (full && !valid_d[row_of(w, set)]) begin
              full = 1'b0;
              way  = WayBits'(w);
            end
          end
          if (full) begin
            if (Replace == 3) random_d = stepped(random_d);
            way          = victim(order[p*OrderWidth+:OrderWidth], random_d);
            evicted_o[p] = 1'b1;
          end
          row[p*RowBits+:RowBits]          = row_of(32'(way), set);
          valid_d[row[p*RowBits+:RowBits]] = 1'b1;
          holds[p]                         = 1'b1;
          for (int unsigned q = 0; q < p; q++) begin
            if (row[q*RowBits+:RowBits] == row[p*RowBits+:RowBits]) holds[q] = 1'b0;
          end
        end

        if (insert_i[p] || Replace != 2) begin
          moves[p]                        = 1'b1;
          ordered_d[set]                  = 1'b1;
          order[p*OrderWidth+:OrderWidth] = used(order[p*OrderWidth+:OrderWidth], way);
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q   <= '0;
      ordered_q <= '0;
      random_q  <= FirstRandom;
    end else begin
      valid_q   <= valid_d;
      ordered_q <= ordered_d;
      random_q  <= random_d;
    end
  end

  always_ff @(posedge clk_i) begin : memories
    for (int unsigned p = 0; p < Ports; p++) begin
      if (insert_i[p]) begin
        vpn_q[row[p*RowBits+:RowBits]]    <= addr_i[p*64+12+:VpnWidth];
        asid_q[row[p*RowBits+:RowBits]]   <= asid_i[p*AsidWidth+:AsidWidth];
        global_q[row[p*RowBits+:RowBits]] <= global_i[p];
        level_q[row[p*RowBits+:RowBits]]  <= level_i[p*LevelWidth+:LevelWidth];
        data_q[row[p*RowBits+:RowBits]]   <= data_i[p*DataWidth+:DataWidth];
      end
      if (moves[p]) begin
        order_q[set_in(row[p*RowBits+:RowBits])] <= order[p*OrderWidth+:OrderWidth];
      end
    end
  end

  // ---- Latency ----
  localparam int unsigned AnswerWidth = Ports * (1 + 1 + LevelWidth + 1 + DataWidth);
  logic [AnswerWidth-1:0] answer;
  assign answer = {lookup_i, hit, hit_level, hit_global, hit_data};
  if (LatencyCycles == 0) begin : gen_no_latency
    assign {rsp_valid_o, hit_o, level_o, global_o, data_o} = answer;
  end else begin : gen_latency
    logic [LatencyCycles*AnswerWidth-1:0] answers_q, answers_d;
    if (LatencyCycles == 1) begin : gen_one
      assign answers_d = answer;
    end else begin : gen_more
      assign answers_d = {answers_q[0+:(LatencyCycles-1)*AnswerWidth], answer};
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) answers_q <= '0;
      else         answers_q <= answers_d;
    end
    assign {rsp_valid_o, hit_o, level_o, global_o, data_o} =
        answers_q[(LatencyCycles-1)*AnswerWidth+:AnswerWidth];
  end

  // ---- Parameters ----
  if (Levels < 3 || Levels > 5 || MinLevel > MaxLevel || MaxLevel >= Levels) begin : gen_bad_levels
    $error("Levels must be 3 to 5, and MinLevel <= MaxLevel < Levels");
  end
  if (Ways < 1 || Entries % Ways != 0 || (Sets & (Sets - 1)) != 0) begin : gen_bad_ways
    $error("Ways must divide Entries, and the quotient be a power of two");
  end
  if (Replace == 1 && ((Ways & (Ways - 1)) != 0 || Ways > 64)) begin : gen_bad_tree
    $error("tree-PLRU needs a power of two of ways, up to 64");
  end
  if (Replace > 3 || Ports < 1) begin : gen_bad_other
    $error("Replace must be 0 to 3 (replacement_e), Ports at least 1");
  end

  // ---- Assertions ----
  logic multiple;  // more than one entry matches a lookup
  always_comb begin : comb_multiple
    multiple = 1'b0;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (lookup_i[p] && (found[p*Candidates+:Candidates] &
                          (found[p*Candidates+:Candidates] - 1'b1)) != '0) begin
        multiple = 1'b1;
      end
    end
  end
  `FAULTLINE_ASSERT(OneWayHits_A, !multiple)
  `FAULTLINE_ASSERT(OneOperationEach_A, (lookup_i & insert_i) == '0)
  `FAULTLINE_ASSERT(HitOnlyOnLookup_A, (hit & ~lookup_i) == '0)
  `FAULTLINE_ASSERT(EvictsOnlyOnInsert_A, (evicted_o & ~insert_i) == '0)
  `FAULTLINE_ASSERT(FenceWithoutOperandsDropsAll_A,
                    !fence_valid_i || fence_i.has_addr || fence_i.has_asid || kept == '0)

endmodule
