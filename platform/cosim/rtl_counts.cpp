// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/rtl_counts.h"

#include <fstream>
#include <functional>
#include <stdexcept>

namespace faultline {

namespace {

constexpr const char* kHeader = "# SystemC::Coverage-3";

/// Passes everything on, and its module's counts at the end.
template <typename Module, typename Inputs, typename Outputs>
class Counted final : public Module {
 public:
  using Done = std::function<void(Module&)>;
  Counted(std::unique_ptr<Module> module, Done done)
      : module_(std::move(module)), done_(std::move(done)) {}
  ~Counted() override { done_(*module_); }

  void settle(const Inputs& inputs, Outputs& outputs) override { module_->settle(inputs, outputs); }
  void clock(std::uint64_t time_ps) override { module_->clock(time_ps); }
  void open_waves(const std::string& path, std::uint64_t period_ps) override {
    module_->open_waves(path, period_ps);
  }
  void close_waves() override { module_->close_waves(); }
  void write_coverage(const std::string& path) override { module_->write_coverage(path); }

 private:
  std::unique_ptr<Module> module_;
  Done done_;
};

}  // namespace

std::unique_ptr<WalkerModule> RtlCounts::counted(std::unique_ptr<WalkerModule> module) {
  return std::make_unique<Counted<WalkerModule, WalkerInputs, WalkerOutputs>>(
      std::move(module), [this](WalkerModule& m) { add(m); });
}

std::unique_ptr<L2TlbModule> RtlCounts::counted(std::unique_ptr<L2TlbModule> module) {
  return std::make_unique<Counted<L2TlbModule, L2TlbInputs, L2TlbOutputs>>(
      std::move(module), [this](L2TlbModule& m) { add(m); });
}

// A line is: C 'name of the point' count
template <typename Module>
void RtlCounts::add(Module& module) {
  module.write_coverage(scratch_.string());
  std::ifstream file(scratch_);
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t end = line.rfind(' ');
    if (!line.starts_with("C ") || end == std::string::npos) continue;
    sums_[line.substr(0, end)] += std::stoull(line.substr(end + 1));
  }
  file.close();
  std::filesystem::remove(scratch_);
}

void RtlCounts::write(const std::filesystem::path& path) const {
  std::ofstream file(path);
  file << kHeader << '\n';
  for (const auto& [point, sum] : sums_) file << point << ' ' << sum << '\n';
  if (!file) throw std::runtime_error(path.string() + " cannot be written");
}

}  // namespace faultline
