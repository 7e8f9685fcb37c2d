// SPDX-License-Identifier: Apache-2.0
#pragma once

// The interpreter: dispatches decoded instructions, one computed jump each. It exists once for each
// fidelity; the functional one contains no timing at all. Between two boundaries it keeps where it
// is in registers of the host and touches nothing but the guest's registers and memory.

#include "models/cpu/hart_params.h"

namespace faultline {

class Core;

template <Fidelity kFidelity>
class Interpreter {
 public:
  explicit Interpreter(Core& core) : core_(core) {}
  /// Executes from the core's pc until the next boundary or trap; afterwards the core's state is
  /// complete.
  void run();

 private:
  struct Cursor;
  struct Steps;

  Core& core_;
};

}  // namespace faultline
