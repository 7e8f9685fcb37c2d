// SPDX-License-Identifier: Apache-2.0

// The page-walk caches, the counterpart of models/mmu/walk_cache.h: for each level that has entries
// a `tlb` of pointers of that level. All walk engines share them, each with a port of its own. A
// lookup looks all levels up together, and the pointer of the lowest level, the deepest in the
// tree, is the answer, in the same cycle.
//
// All operations of a cycle see the entries as they are at its beginning, after its fence; what
// they change is done at its end, in the order of the ports.
//
// sfence.vma without an address drops pointers as it drops leaves. With an address it need not
// (RISC-V Privileged 1.12, 4.2.1: leaf entries only); AddressFenceDrops says whether it does.

`include "faultline_assert.svh"

module walk_cache #(
    parameter int unsigned Levels            = 3,  // of the largest format
    parameter int unsigned Ports             = 1,
    // By the level of the pointers; 0 entries: that level has no cache.
    parameter int unsigned Entries1          = 16,
    parameter int unsigned Entries2          = 4,
    parameter int unsigned Entries3          = 0,
    parameter int unsigned Entries4          = 0,
    parameter int unsigned Ways1             = 16,
    parameter int unsigned Ways2             = 4,
    parameter int unsigned Ways3             = 1,
    parameter int unsigned Ways4             = 1,
    parameter int unsigned Replace           = 0,  // replacement_e
    parameter logic [63:0] Seed              = 64'd1,
    parameter bit          AddressFenceDrops = 1'b1
) (
    input logic clk_i,
    input logic rst_ni,

    input logic                  fence_valid_i,
    input faultline_pkg::fence_t fence_i,

    // By port: at most one of lookup and insertion. Port p has bits [p*Width +: Width].
    input  logic [Ports-1:0]                             lookup_i,
    input  logic [Ports-1:0]                             insert_i,
    input  logic [Ports*64-1:0]                          addr_i,
    input  logic [Ports*faultline_pkg::AsidWidth-1:0]    asid_i,
    input  logic [Ports*faultline_pkg::PointerWidth-1:0] pointer_i,  // insert_i
    output logic [Ports-1:0]                             hit_o,
    output logic [Ports*faultline_pkg::PointerWidth-1:0] pointer_o,  // hit_o

    // For statistics, what each level does in this cycle: level l has bits [l*Width +: Width],
    // which are 0 if it has no entries; level 0 never has.
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  lookups_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  hits_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  fills_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcCountWidth-1:0]  evictions_o,
    output logic [faultline_pkg::MaxLevels*faultline_pkg::WcFencedWidth-1:0] fenced_o
);

  localparam int unsigned CountWidth = faultline_pkg::WcCountWidth;
  localparam int unsigned FencedWidth = faultline_pkg::WcFencedWidth;
  localparam int unsigned PpnWidth = faultline_pkg::PpnWidth;
  localparam int unsigned LevelWidth = faultline_pkg::LevelWidth;
  localparam int unsigned PointerWidth = faultline_pkg::PointerWidth;

  logic fence_valid;
  assign fence_valid = fence_valid_i && (AddressFenceDrops || !fence_i.has_addr);

  // ---- The pointers of the ports, by field ----
  logic [Ports*LevelWidth-1:0] insert_level;
  logic [Ports-1:0] insert_global;
  logic [Ports*PpnWidth-1:0] insert_ppn;
  for (genvar p = 0; p < Ports; p++) begin : gen_fields
    assign {insert_level[p*LevelWidth+:LevelWidth], insert_global[p],
            insert_ppn[p*PpnWidth+:PpnWidth]} = pointer_i[p*PointerWidth+:PointerWidth];
  end

  // ---- The levels ----
  // What each answers; of level l, bits [l*Ports +: Ports] and so on.
  logic [faultline_pkg::MaxLevels*Ports-1:0] level_hit, level_global;
  logic [faultline_pkg::MaxLevels*Ports*PpnWidth-1:0] level_ppn;

  for (genvar l = 0; l < faultline_pkg::MaxLevels; l++) begin : gen_level
    localparam int unsigned Entries =
        l == 1 ? Entries1 : l == 2 ? Entries2 : l == 3 ? Entries3 : l == 4 ? Entries4 : 0;
    localparam int unsigned Ways =
        l == 1 ? Ways1 : l == 2 ? Ways2 : l == 3 ? Ways3 : l == 4 ? Ways4 : 1;
    if (Entries != 0 && l < Levels) begin : gen_cache
      logic [Ports-1:0] insert, evicted;
      logic [$clog2(Entries+1)-1:0] fenced;
      for (genvar p = 0; p < Ports; p++) begin : gen_insert
        assign insert[p] =
            insert_i[p] && insert_level[p*LevelWidth+:LevelWidth] == LevelWidth'(l);
      end

      tlb #(
          .Levels(Levels),
          .MinLevel(l),
          .MaxLevel(l),
          .Entries(Entries),
          .Ways(Ways),
          .Ports(Ports),
          .DataWidth(PpnWidth),
          .LatencyCycles(0),
          .Replace(Replace),
          .Seed(Seed)
      ) u_tlb (
          .clk_i,
          .rst_ni,
          .fence_valid_i(fence_valid),
          .fence_i,
          .lookup_i,
          .insert_i(insert),
          .addr_i,
          .asid_i,
          .level_i(insert_level),
          .global_i(insert_global),
          .data_i(insert_ppn),
          .rsp_valid_o(),
          .hit_o(level_hit[l*Ports+:Ports]),
          .level_o(),
          .global_o(level_global[l*Ports+:Ports]),
          .data_o(level_ppn[l*Ports*PpnWidth+:Ports*PpnWidth]),
          .evicted_o(evicted),
          .fenced_o(fenced)
      );

      assign lookups_o[l*CountWidth+:CountWidth] = CountWidth'($countones(lookup_i));
      assign hits_o[l*CountWidth+:CountWidth] = CountWidth'($countones(level_hit[l*Ports+:Ports]));
      assign fills_o[l*CountWidth+:CountWidth] = CountWidth'($countones(insert));
      assign evictions_o[l*CountWidth+:CountWidth] = CountWidth'($countones(evicted));
      assign fenced_o[l*FencedWidth+:FencedWidth] = FencedWidth'(fenced);
    end else begin : gen_no_cache
      assign level_hit[l*Ports+:Ports] = '0;
      assign level_global[l*Ports+:Ports] = '0;
      assign level_ppn[l*Ports*PpnWidth+:Ports*PpnWidth] = '0;
      assign lookups_o[l*CountWidth+:CountWidth] = '0;
      assign hits_o[l*CountWidth+:CountWidth] = '0;
      assign fills_o[l*CountWidth+:CountWidth] = '0;
      assign evictions_o[l*CountWidth+:CountWidth] = '0;
      assign fenced_o[l*FencedWidth+:FencedWidth] = '0;
    end
  end

  // ---- The deepest pointer ----
  always_comb begin : comb_answer
    hit_o     = '0;
    pointer_o = '0;
    for (int unsigned p = 0; p < Ports; p++) begin
      for (int unsigned i = 1; i < Levels; i++) begin
        if (!hit_o[p] && level_hit[i*Ports+p]) begin
          hit_o[p] = 1'b1;
          pointer_o[p*PointerWidth+:PointerWidth] = {
            LevelWidth'(i), level_global[i*Ports+p], level_ppn[(i*Ports+p)*PpnWidth+:PpnWidth]
          };
        end
      end
    end
  end

  // ---- Parameters ----
  if (Levels < 3 || Levels > faultline_pkg::MaxLevels) begin : gen_bad_levels
    $error("Levels must be 3 to %0d", faultline_pkg::MaxLevels);
  end
  if ((Levels < 4 && Entries3 != 0) || (Levels < 5 && Entries4 != 0)) begin : gen_no_such_level
    $error("a level that the format does not have can have no entries");
  end
  if (Ports < 1 || Ports > faultline_pkg::MaxEngines) begin : gen_bad_ports
    $error("Ports must be 1 to %0d", faultline_pkg::MaxEngines);
  end

  // ---- Assertions ----
  logic inserts_exist;  // the pointers put in are of levels that have pointers
  logic deepest_found;  // no level below that of an answer has hit
  always_comb begin : comb_assertions
    inserts_exist = 1'b1;
    deepest_found = 1'b1;
    for (int unsigned p = 0; p < Ports; p++) begin
      inserts_exist &= !insert_i[p] || (insert_level[p*LevelWidth+:LevelWidth] != '0 &&
                                        32'(insert_level[p*LevelWidth+:LevelWidth]) < Levels);
      for (int unsigned i = 1; i < Levels; i++) begin
        deepest_found &= !level_hit[i*Ports+p] ||
                         pointer_o[(p+1)*PointerWidth-1-:LevelWidth] <= LevelWidth'(i);
      end
    end
  end
  `FAULTLINE_ASSERT(PointerLevelExists_A, inserts_exist)
  `FAULTLINE_ASSERT(DeepestPointerWins_A, deepest_found)
  `FAULTLINE_ASSERT(OneOperationEach_A, (lookup_i & insert_i) == '0)
  `FAULTLINE_ASSERT(HitOnlyOnLookup_A, (hit_o & ~lookup_i) == '0)
  `FAULTLINE_ASSERT(NothingKeptInACycleOfAFence_A, !fence_valid_i || insert_i == '0)

endmodule
