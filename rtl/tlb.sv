// SPDX-License-Identifier: Apache-2.0

// A translation lookaside buffer, the counterpart of models/mmu/tlb.h: set-associative, entries of
// every level from MinLevel to MaxLevel side by side, tagged with ASID or global. It serves as the
// L2 TLB, and with MinLevel = MaxLevel as the walk cache of one level.
//
// In one cycle a fence comes first, then the ports in their order, each with a lookup or an
// insertion; later ports see what earlier ones did. An insertion drops all that the new entry
// overlaps, so at most one entry matches any address. Lookups are answered LatencyCycles after the
// cycle in which they are made; 0 is the same cycle.
//
// Replacement: LRU and FIFO keep the ranks of a set's ways, 0 being the oldest; tree-PLRU the tree
// of models/common/replacement.h; random the generator of that file. An invalid way is filled first.

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

    output logic [Ports-1:0]                           rsp_valid_o,
    output logic [Ports-1:0]                           hit_o,
    output logic [Ports*faultline_pkg::LevelWidth-1:0] level_o,
    output logic [Ports-1:0]                           global_o,
    output logic [Ports*DataWidth-1:0]                 data_o,

    // For statistics: by port, a valid entry was replaced; entries that the fence dropped.
    output logic [Ports-1:0]             evicted_o,
    output logic [$clog2(Entries+1)-1:0] fenced_o
);

  localparam int unsigned Sets = Entries / Ways;
  localparam int unsigned LastProbe = Sets == 1 ? MinLevel : MaxLevel;
  localparam int unsigned VpnWidth = faultline_pkg::VpnBits * Levels;
  localparam int unsigned VaBits = faultline_pkg::PageShift + VpnWidth;
  localparam int unsigned WayBits = Ways > 1 ? $clog2(Ways) : 1;
  localparam int unsigned CountWidth = $clog2(Entries + 1);
  // Replacement state of a set.
  localparam bit Ranked = Replace == 0 || Replace == 2;
  localparam int unsigned OrderWidth = Ways * WayBits;  // a tree uses the low Ways-1 bits
  localparam logic [63:0] FirstRandom = (Seed * 64'h9e3779b97f4a7c15) | 64'd1;

  // An entry: its VPN (bits inside the page are as inserted and do not count), ASID, level, global.
  logic [Entries-1:0] valid_q, valid_d;
  logic [Entries-1:0] global_q, global_d;
  logic [Entries*VpnWidth-1:0] vpn_q, vpn_d;
  logic [Entries*16-1:0] asid_q, asid_d;
  logic [Entries*3-1:0] level_q, level_d;
  logic [Entries*DataWidth-1:0] data_q, data_d;
  logic [Sets*OrderWidth-1:0] order_q, order_d;
  logic [63:0] random_q, random_d;

  // `upper` is an address from the highest bit that is translated on.
  function automatic logic canonical(input logic [64-VaBits:0] upper);
    canonical = upper == '0 || upper == '1;
  endfunction

  // True if both VPNs lie in one page of `level`.
  function automatic logic same_page(input logic [VpnWidth-1:0] a, input logic [VpnWidth-1:0] b,
                                     input logic [2:0] level);
    same_page = 1'b1;
    for (int unsigned i = 0; i < Levels; i++) begin
      if (3'(i) >= level && a[9*i+:9] != b[9*i+:9]) same_page = 1'b0;
    end
  endfunction

  function automatic int unsigned set_of(input logic [VpnWidth-1:0] vpn, input int unsigned level);
    set_of = 32'(64'(vpn) >> (9 * level)) & (Sets - 1);
  endfunction

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
    logic [63:0] scrambled;
    victim    = '0;
    scrambled = random * 64'h2545f4914f6cdd1d;
    if (Ranked) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (order[(w*WayBits)+:WayBits] == '0) victim = WayBits'(w);
      end
    end else if (Replace == 1 && Ways > 1) begin
      for (int unsigned d = 0; d < WayBits; d++) begin
        victim[WayBits-1-d] = order[((1<<d)-1+(32'(victim)>>(WayBits-d)))];
      end
    end else if (Replace == 3) begin
      victim = WayBits'((scrambled >> 33) % 64'(Ways));
    end
  endfunction

  function automatic logic [63:0] stepped(input logic [63:0] random);
    stepped = random ^ (random >> 12);
    stepped = stepped ^ (stepped << 25);
    stepped = stepped ^ (stepped >> 27);
  endfunction

  logic [Ports-1:0] hit, hit_global;
  logic [Ports*3-1:0] hit_level;
  logic [Ports*DataWidth-1:0] hit_data;
  logic multiple;  // more than one entry matched a lookup: never

  always_comb begin : comb_operations
    int unsigned e, set;
    logic [VpnWidth-1:0] vpn;
    logic [15:0] asid;
    logic [2:0] level;
    logic found;
    logic [WayBits-1:0] way;

    valid_d    = valid_q;
    global_d   = global_q;
    vpn_d      = vpn_q;
    asid_d     = asid_q;
    level_d    = level_q;
    data_d     = data_q;
    order_d    = order_q;
    random_d   = random_q;
    hit        = '0;
    hit_global = '0;
    hit_level  = '0;
    hit_data   = '0;
    evicted_o  = '0;
    fenced_o   = '0;
    multiple   = 1'b0;
    e          = 0;
    set        = 0;
    found      = 1'b0;
    way        = '0;
    vpn        = fence_i.addr[12+:VpnWidth];
    asid       = fence_i.asid;
    level      = '0;

    if (fence_valid_i) begin
      for (int unsigned i = 0; i < Entries; i++) begin
        if (valid_d[i] &&
            (!fence_i.has_addr || (canonical(fence_i.addr[63:VaBits-1]) &&
                                   same_page(vpn, vpn_q[i*VpnWidth+:VpnWidth], level_q[i*3+:3]))) &&
            (!fence_i.has_asid || (!global_q[i] && asid_q[i*16+:16] == asid))) begin
          valid_d[i] = 1'b0;
          fenced_o   = fenced_o + CountWidth'(1);
        end
      end
    end

    for (int unsigned p = 0; p < Ports; p++) begin
      vpn   = addr_i[p*64+12+:VpnWidth];
      asid  = asid_i[p*16+:16];
      level = level_i[p*3+:3];

      if (lookup_i[p] && canonical(addr_i[p*64+VaBits-1+:65-VaBits])) begin
        for (int unsigned l = MinLevel; l <= LastProbe; l++) begin
          set = set_of(vpn, l);
          for (int unsigned w = 0; w < Ways; w++) begin
            e = set * Ways + w;
            // Each level has its own set, or all share the one set there is.
            if (valid_d[e] && (Sets == 1 || level_d[e*3+:3] == 3'(l)) &&
                same_page(vpn, vpn_d[e*VpnWidth+:VpnWidth], level_d[e*3+:3]) &&
                (global_d[e] || asid_d[e*16+:16] == asid)) begin
              multiple                         = multiple | hit[p];
              hit[p]                           = 1'b1;
              hit_global[p]                    = global_d[e];
              hit_level[p*3+:3]                = level_d[e*3+:3];
              hit_data[p*DataWidth+:DataWidth] = data_d[e*DataWidth+:DataWidth];
              if (Replace != 2) begin
                order_d[set*OrderWidth+:OrderWidth] =
                    used(order_d[set*OrderWidth+:OrderWidth], WayBits'(w));
              end
            end
          end
        end
      end

      if (insert_i[p]) begin
        for (int unsigned i = 0; i < Entries; i++) begin
          if (valid_d[i] &&
              same_page(vpn, vpn_d[i*VpnWidth+:VpnWidth],
                        level > level_d[i*3+:3] ? level : level_d[i*3+:3]) &&
              (global_i[p] || global_d[i] || asid_d[i*16+:16] == asid)) begin
            valid_d[i] = 1'b0;
          end
        end
        set = 0;
        for (int unsigned l = MinLevel; l <= MaxLevel; l++) begin
          if (level == 3'(l)) set = set_of(vpn, l);
        end
        found = 1'b0;
        way   = '0;
        for (int unsigned w = 0; w < Ways; w++) begin
          if (!found && !valid_d[set*Ways+w]) begin
            found = 1'b1;
            way   = WayBits'(w);
          end
        end
        if (!found) begin
          random_d     = Replace == 3 ? stepped(random_d) : random_d;
          way          = victim(order_d[set*OrderWidth+:OrderWidth], random_d);
          evicted_o[p] = 1'b1;
        end
        e                               = set * Ways + 32'(way);
        valid_d[e]                      = 1'b1;
        global_d[e]                     = global_i[p];
        vpn_d[e*VpnWidth+:VpnWidth]     = vpn;
        asid_d[e*16+:16]                = asid;
        level_d[e*3+:3]                 = level;
        data_d[e*DataWidth+:DataWidth]  = data_i[p*DataWidth+:DataWidth];
        order_d[set*OrderWidth+:OrderWidth] = used(order_d[set*OrderWidth+:OrderWidth], way);
      end
    end
  end

  // Ranks begin as the ways' numbers: a permutation, which each use keeps.
  logic [OrderWidth-1:0] first_order;
  always_comb begin : comb_first_order
    first_order = '0;
    if (Ranked) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        first_order[(w*WayBits)+:WayBits] = WayBits'(w);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q  <= '0;
      global_q <= '0;
      vpn_q    <= '0;
      asid_q   <= '0;
      level_q  <= '0;
      data_q   <= '0;
      order_q  <= {Sets{first_order}};
      random_q <= FirstRandom;
    end else begin
      valid_q  <= valid_d;
      global_q <= global_d;
      vpn_q    <= vpn_d;
      asid_q   <= asid_d;
      level_q  <= level_d;
      data_q   <= data_d;
      order_q  <= order_d;
      random_q <= random_d;
    end
  end

  // ---- Latency ----
  localparam int unsigned AnswerWidth = Ports * (1 + 1 + 3 + 1 + DataWidth);
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
  `FAULTLINE_ASSERT(OneWayHits_A, !multiple)
  `FAULTLINE_ASSERT(OneOperationEach_A, (lookup_i & insert_i) == '0)
  `FAULTLINE_ASSERT(HitOnlyOnLookup_A, (hit & ~lookup_i) == '0)
  `FAULTLINE_ASSERT(FenceWithoutOperandsDropsAll_A,
                    !fence_valid_i || fence_i.has_addr || fence_i.has_asid ||
                    insert_i != '0 || valid_d == '0)

endmodule
