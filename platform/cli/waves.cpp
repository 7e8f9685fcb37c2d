// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/waves.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace faultline {

namespace {

constexpr const char* kVcd = "waves.vcd";
constexpr std::array kFiles{kVcd, RtlWaves::kWalkerFile, RtlWaves::kL2TlbFile};

}  // namespace

void remove_waves(const std::filesystem::path& folder) {
  for (const char* file : kFiles) std::filesystem::remove(folder / file);
}

void write_waves(WaveRecorder& waves, Board& board, const std::filesystem::path& folder) {
  (void)board.stats();  // brings the DRAM up to date
  waves.run_ended(board.progress().cycles);
  const WaveWindow& window = waves.window();
  if (!window.begin()) {
    spdlog::warn("no waves: {}", window.remark());
    return;
  }
  std::ofstream stream(folder / kVcd, std::ios::binary);
  waves.write(stream);
  stream.close();
  if (!stream) {
    throw std::runtime_error(fmt::format("{}: cannot be written", (folder / kVcd).string()));
  }
  std::string files;
  for (const char* file : kFiles) {
    if (!std::filesystem::exists(folder / file)) continue;
    files += fmt::format("{}{}", files.empty() ? "" : ", ", (folder / file).string());
  }
  const std::string remark = window.remark();
  fmt::print(stderr, "waves of cycles {} to {} in {}{}{}\n", *window.begin(), window.end(), files,
             remark.empty() ? "" : ": ", remark);
}

}  // namespace faultline
