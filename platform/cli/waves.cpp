// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/waves.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace faultline {

namespace {

constexpr const char* kVcd = "waves.vcd";

}  // namespace

void remove_waves(const std::filesystem::path& folder) {
  std::filesystem::remove(folder / kVcd);
}

void write_waves(WaveRecorder& waves, Board& board, const std::filesystem::path& folder) {
  (void)board.stats();  // brings the DRAM up to date
  waves.run_ended(board.progress().cycles);
  const WaveWindow& window = waves.window();
  if (!window.begin()) {
    spdlog::warn("no waves: {}", window.remark());
    return;
  }
  const std::filesystem::path file = folder / kVcd;
  std::ofstream stream(file, std::ios::binary);
  waves.write(stream);
  stream.close();
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be written", file.string()));
  const std::string remark = window.remark();
  fmt::print(stderr, "waves of cycles {} to {} in {}{}{}\n", *window.begin(), window.end(),
             file.string(), remark.empty() ? "" : ": ", remark);
}

}  // namespace faultline
