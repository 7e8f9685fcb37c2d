// SPDX-License-Identifier: Apache-2.0

// Assertions that verilator and yosys both take: checked at each rising edge of clk_i out of reset.
// Included by each module; FAULTLINE_NO_ASSERT leaves them out.
`ifndef FAULTLINE_ASSERT_SVH
`define FAULTLINE_ASSERT_SVH

`ifdef FAULTLINE_NO_ASSERT
`define FAULTLINE_ASSERT(Name, Condition)
`else
`define FAULTLINE_ASSERT(Name, Condition) \
  always_ff @(posedge clk_i) begin : Name \
    if (rst_ni) assert (Condition);       \
  end
`endif

`endif  // FAULTLINE_ASSERT_SVH
