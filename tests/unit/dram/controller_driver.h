// SPDX-License-Identifier: Apache-2.0
#pragma once

// Drives one DramController without SystemC: hands requests over at chosen cycles, keeps what it
// issued and when each request was done.

#include <deque>
#include <optional>
#include <vector>

#include "models/dram/controller.h"

namespace faultline::test {

class ControllerDriver {
 public:
  struct Request {
    DramController::Admission admission{};
    std::optional<DramController::Completion> done;
  };

  explicit ControllerDriver(const DramParams& p = {})
      : params(p),
        timing(p.timing ? *p.timing : *dram_timing(p.preset, p.density_gbit)),
        map(params),
        controller(params, timing, 0) {
    controller.set_observer([this](const CommandRecord& r) { commands.push_back(r); });
  }

  /// A request that arrives in cycle `at` (or now, if that is past). The reference stays valid.
  Request& read(const DramLocation& place, DramCycles at = 0) {
    return hand_over(false, place, at);
  }
  Request& write(const DramLocation& place, DramCycles at = 0) {
    return hand_over(true, place, at);
  }

  /// Decides all cycles before `cycle`.
  void run_until(DramCycles cycle) {
    while (controller.now() < cycle) take(controller.advance(cycle));
  }
  /// Runs until no request is queued.
  void drain() {
    while (controller.queued_reads() + controller.queued_writes() > 0) {
      take(controller.advance(DramController::kNever));
    }
  }
  /// Runs until at most `count` reads and writes are queued.
  void make_room(std::size_t count) {
    while (controller.queued_reads() + controller.queued_writes() > count) {
      take(controller.advance(DramController::kNever));
    }
  }

  const DramParams params;
  const DramTiming timing;
  const AddressMap map;
  DramController controller;
  std::vector<CommandRecord> commands;
  std::deque<Request> requests;

 private:
  Request& hand_over(bool is_write, const DramLocation& place, DramCycles at) {
    run_until(at);
    Request& request = requests.emplace_back();
    const std::uint64_t line = map.line_of(place);
    request.admission =
        is_write ? controller.write(place, line, &request) : controller.read(place, line, &request);
    return request;
  }
  static void take(const DramController::Progress& progress) {
    if (!progress.completion) return;
    static_cast<Request*>(progress.completion->sender)->done = progress.completion;
  }
};

}  // namespace faultline::test
