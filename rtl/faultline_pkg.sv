// SPDX-License-Identifier: Apache-2.0

// The words of the MMU's RTL: fields of a page-table entry, the encodings that it shares with the
// C++ model (models/common/types.h, models/mmu/abort.h, models/mmu/pte.h; a test compares them) and
// the bundles of its ports. Members that hold an enum are plain bits of its width, because yosys
// takes no user types inside packed structs of a package.
//
// Time: an event that a port shows in cycle c (the time from clock edge c to clock edge c+1) has
// the time stamp c+1. Of several events with one stamp, a fence comes first.
package faultline_pkg;

  // RISC-V Privileged 1.12, 4.3.1 and 4.4.1. Svnapot and Svpbmt are not built: N and PBMT are
  // reserved bits.
  parameter logic [63:0] PteV = 64'h1;
  parameter logic [63:0] PteR = 64'h2;
  parameter logic [63:0] PteW = 64'h4;
  parameter logic [63:0] PteX = 64'h8;
  parameter logic [63:0] PteU = 64'h10;
  parameter logic [63:0] PteG = 64'h20;
  parameter logic [63:0] PteA = 64'h40;
  parameter logic [63:0] PteD = 64'h80;
  parameter logic [63:0] PteReserved = 64'h7f << 54;
  parameter logic [63:0] PtePbmt = 64'h3 << 61;
  parameter logic [63:0] PteN = 64'h1 << 63;

  parameter int unsigned PtePpnShift = 10;
  parameter int unsigned PpnWidth = 44;
  parameter int unsigned AddrWidth = 56;  // of a physical address
  parameter int unsigned PageShift = 12;
  parameter int unsigned VpnBits = 9;     // of each level
  parameter int unsigned AsidWidth = 16;
  parameter int unsigned LevelWidth = 3;  // Sv57 has levels 4 to 0
  parameter int unsigned IdWidth = 16;    // of a request, for whoever asks

  // Limits of one walk (models/mmu/walk_record.h): more updates than this, all of them lost, end
  // in StatusWalkAccessFault; more reads than this do not come.
  parameter int unsigned MaxReads = 16;
  parameter int unsigned MaxUpdates = 8;

  typedef enum logic [1:0] {
    AccessFetch = 2'd0,
    AccessLoad  = 2'd1,
    AccessStore = 2'd2,
    AccessAmo   = 2'd3
  } access_e;

  typedef enum logic [1:0] {
    PrivUser       = 2'd0,
    PrivSupervisor = 2'd1,
    PrivMachine    = 2'd3
  } priv_e;

  typedef enum logic [3:0] {
    StatusNone                = 4'd0,
    StatusNonCanonical        = 4'd1,
    StatusTranslation         = 4'd2,
    StatusReservedEncoding    = 4'd3,
    StatusMisalignedSuperpage = 4'd4,
    StatusPermission          = 4'd5,
    StatusAccessFlag          = 4'd6,
    StatusWalkAccessFault     = 4'd7
  } status_e;

  typedef enum logic [1:0] {
    ReplaceLru      = 2'd0,
    ReplaceTreePlru = 2'd1,
    ReplaceFifo     = 2'd2,
    ReplaceRandom   = 2'd3
  } replacement_e;

  // The states of one walk (models/mmu/walk_engine.h). The queue is in front of the walk engines.
  typedef enum logic [3:0] {
    StIdle       = 4'd0,
    StAccept     = 4'd1,
    StLookUp     = 4'd2,
    StIssue      = 4'd3,
    StWait       = 4'd4,
    StDecode     = 4'd5,
    StUpdate     = 4'd6,
    StUpdateWait = 4'd7,
    StRespond    = 4'd8
  } state_e;

  // sfence.vma (RISC-V Privileged 1.12, 4.2.1): each operand may be absent (x0).
  typedef struct packed {
    logic                 has_addr;
    logic                 has_asid;
    logic [63:0]          addr;
    logic [AsidWidth-1:0] asid;
  } fence_t;

  // What is to be translated, with the state of the hart that decides how.
  typedef struct packed {
    logic [IdWidth-1:0]    id;          // returned with the response
    logic [63:0]           addr;
    logic [1:0]            access;      // access_e
    logic [1:0]            priv;        // priv_e; never PrivMachine
    logic [AsidWidth-1:0]  asid;        // satp.ASID
    logic [PpnWidth-1:0]   root_ppn;    // satp.PPN
    logic [LevelWidth-1:0] root_level;  // of satp.MODE: 2, 3, 4 for Sv39, Sv48, Sv57
    logic                  sum;
    logic                  mxr;
    logic                  adue;        // menvcfg.ADUE: Svadu; 0 is Svade
  } ptw_req_t;
  parameter int unsigned PtwReqWidth = IdWidth + 64 + 2 + 2 + AsidWidth + PpnWidth + LevelWidth + 3;

  // The end of a walk.
  typedef struct packed {
    logic [IdWidth-1:0]    id;
    logic [3:0]            status;            // status_e
    logic [LevelWidth-1:0] level;             // of the leaf, or of the entry that decided the abort
    logic [63:0]           pte;               // the leaf as it stands after updates; 0 on abort
    logic                  is_global;         // PteG in the leaf or in a pointer above it
    logic                  cacheable;         // no fence came since the walk started
    logic [LevelWidth-1:0] walk_cache_level;  // level of the first entry read
  } ptw_rsp_t;
  parameter int unsigned PtwRspWidth = IdWidth + 4 + LevelWidth + 64 + 2 + LevelWidth;

  // A read of an entry, or a compare-and-set of one.
  typedef struct packed {
    logic                 is_cas;
    logic [AddrWidth-1:0] addr;
    logic [63:0]          expected;  // compare-and-set only, otherwise 0
    logic [63:0]          desired;
  } mem_req_t;
  parameter int unsigned MemReqWidth = 1 + AddrWidth + 64 + 64;

  typedef struct packed {
    logic [63:0] value;   // read: of the entry
    logic        stored;  // compare-and-set: the entry had the expected value
    logic        error;   // the memory system refused
  } mem_rsp_t;
  parameter int unsigned MemRspWidth = 64 + 2;

  // The question to PMP and PMA, for an implicit access to an entry in S mode (3.7), main memory
  // only; answered in the same cycle.
  typedef struct packed {
    logic                 is_store;
    logic [AddrWidth-1:0] addr;
  } check_req_t;
  parameter int unsigned CheckReqWidth = 1 + AddrWidth;

  // A pointer that a walk cache keeps: an entry of `level`; `ppn` is the table of level-1.
  typedef struct packed {
    logic [LevelWidth-1:0] level;
    logic                  is_global;
    logic [PpnWidth-1:0]   ppn;
  } pointer_t;
  parameter int unsigned PointerWidth = LevelWidth + 1 + PpnWidth;

  // What a walk does in this cycle: enough to build its WalkRecord. `started` and the four events
  // are pulses; the fields below them belong to the event.
  typedef struct packed {
    logic [3:0]            state;          // state_e
    logic                  started;        // a request is taken
    logic                  read_issued;    // the read gets a place in the record
    logic                  read_done;      // its response is there
    logic                  update_issued;  // likewise of the compare-and-set
    logic                  update_done;
    logic                  refused;        // issued: PMP or PMA said no, nothing goes to memory
    logic                  stored;         // update_done
    logic [IdWidth-1:0]    id;             // started: of the request
    logic [LevelWidth-1:0] level;
    logic [AddrWidth-1:0]  addr;
    logic [63:0]           value;          // read_done: the entry, 0 on an error
    logic [63:0]           old_value;      // update_issued
    logic [63:0]           new_value;
  } ptw_trace_t;
  parameter int unsigned PtwTraceWidth = 4 + 7 + IdWidth + LevelWidth + AddrWidth + 3 * 64;

  // Limits of the walker's parameters (models/mmu/params.cpp).
  parameter int unsigned MaxEngines = 64;
  parameter int unsigned MaxQueueDepth = 1024;
  parameter int unsigned MaxStepCycles = 10000;

  // What the walk cache of one level does in a cycle, as widths of counts: operations of one kind,
  // one an engine at most; entries that a fence drops.
  parameter int unsigned MaxLevels = 5;  // of any format; those of walk caches are 1 to 4
  parameter int unsigned WcCountWidth = 8;
  parameter int unsigned WcFencedWidth = 17;

  // The most cycles that one walk with these steps spends on anything but waiting for memory: each
  // read and each update that its record can hold, and the update that no longer fits.
  function automatic int unsigned walk_bound(input int unsigned accept, input int unsigned look_up,
                                             input int unsigned issue, input int unsigned decode,
                                             input int unsigned update, input int unsigned respond);
    walk_bound = accept + look_up + MaxReads * (issue + decode) +
                 (MaxUpdates + 1) * update + respond;
  endfunction

endpackage
