// SPDX-License-Identifier: Apache-2.0
#pragma once

// The bundles of rtl/faultline_pkg.sv, member by member, the highest first. A test compares their
// widths with the package.

#include "models/rtl/adapters/instance.h"

namespace faultline {

/// ptw_req_t.
struct RequestStruct : Packed<16, 64, 2, 2, 16, 44, 3, 1, 1, 1> {
  enum { Id, Address, Access, Privilege, Asid, RootPpn, RootLevel, Sum, Mxr, Adue };
};

/// ptw_rsp_t.
struct ResponseStruct : Packed<16, 4, 3, 64, 1, 1, 3> {
  enum { Id, Status, Level, Pte, Global, Cacheable, WalkCacheLevel };
};

/// fence_t.
struct FenceStruct : Packed<1, 1, 64, 16> {
  enum { HasAddress, HasAsid, Address, Asid };
};

/// check_req_t.
struct CheckStruct : Packed<1, 56> {
  enum { Store, Address };
};

/// mem_req_t.
struct MemoryStruct : Packed<1, 56, 64, 64> {
  enum { Cas, Address, Expected, Desired };
};

/// mem_rsp_t.
struct MemoryResponseStruct : Packed<64, 1, 1> {
  enum { Value, Stored, Error };
};

/// ptw_trace_t.
struct TraceStruct : Packed<4, 1, 1, 1, 1, 1, 1, 1, 16, 3, 56, 64, 64, 64> {
  enum {
    State,
    Started,
    ReadIssued,
    ReadDone,
    UpdateIssued,
    UpdateDone,
    Refused,
    Stored,
    Id,
    Level,
    Address,
    Value,
    OldValue,
    NewValue
  };
};

/// pointer_t.
struct PointerStruct : Packed<3, 1, 44> {
  enum { Level, Global, Ppn };
};

/// Of the counts of one level: WcCountWidth and WcFencedWidth.
constexpr unsigned kWalkCacheCountWidth = 8;
constexpr unsigned kWalkCacheFencedWidth = 17;

}  // namespace faultline
