// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/hart.h"

#include "models/cpu/core.h"

namespace faultline {

Hart::Hart(const sc_core::sc_module_name& name, const HartParams& params, std::uint64_t period_ps,
           const HartLinks& links, StatGroup& stats)
    : sc_module(name),
      uncached("uncached"),
      core_(std::make_unique<Core>(params, period_ps, links, uncached, stats)) {
  SC_HAS_PROCESS(Hart);
  SC_THREAD(run);
}

Hart::~Hart() = default;

void Hart::run() {
  core_->run();
}

void Hart::set_direct_memory(const DirectMemory& memory) {
  core_->set_direct_memory(memory);
}
void Hart::set_timebase(Timebase timebase) {
  core_->set_timebase(std::move(timebase));
}
void Hart::set_observer(HartObserver* observer) {
  core_->set_observer(observer);
}
void Hart::observe_instructions_from(Cycles cycle, std::uint64_t instructions) {
  core_->observe_instructions_from(cycle, instructions);
}
void Hart::on_stop(std::function<void(const HartStop&)> callback) {
  core_->on_stop(std::move(callback));
}
void Hart::on_progress(std::uint64_t every_instructions, std::function<void()> callback) {
  core_->on_progress(every_instructions, std::move(callback));
}
void Hart::watch_store(PhysAddr address, std::function<void()> callback) {
  core_->watch_store(address, std::move(callback));
}
void Hart::set_interrupt(unsigned cause, bool level) {
  core_->set_interrupt(cause, level);
}
void Hart::timebase_changed() {
  core_->timebase_changed();
}
void Hart::external_write(PhysAddr address, std::uint64_t bytes) {
  core_->external_write(address, bytes);
}
void Hart::request_stop() {
  core_->request_stop();
}
ArchState& Hart::state() {
  return core_->state();
}
CsrFile& Hart::csr() {
  return core_->csr();
}
Cycles Hart::now() const {
  return core_->clock().now();
}
std::uint64_t Hart::instructions() const {
  return core_->instructions();
}
Fidelity Hart::fidelity() const {
  return core_->fidelity();
}
const HartStop& Hart::stop_report() const {
  return core_->stop_report();
}

std::vector<ParamProblem> check(const HartParams& params) {
  std::vector<ParamProblem> problems = check(params.timing);
  for (ParamProblem& p : problems) p.key = "timing." + p.key;
  const auto at_least_two = [&](const char* key, std::uint64_t value) {
    if (value < 2) problems.push_back({key, std::to_string(value), "2 or more"});
  };
  at_least_two("limits.max_fruitless_traps", params.limits.max_fruitless_traps);
  at_least_two("limits.max_equal_traps", params.limits.max_equal_traps);
  if (params.reset_pc.value % 2 != 0) {
    problems.push_back({"reset_pc", std::to_string(params.reset_pc.value), "an even address"});
  }
  if (params.csr.asid_bits > 16) {
    problems.push_back({"csr.asid_bits", std::to_string(params.csr.asid_bits), "0 to 16"});
  }
  return problems;
}

}  // namespace faultline
