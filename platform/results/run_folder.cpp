// SPDX-License-Identifier: Apache-2.0
#include "platform/results/run_folder.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <string_view>

#include "platform/config/print.h"
#include "platform/results/fault_database.h"
#include "platform/results/fault_table.h"
#include "platform/results/stats_json.h"

namespace faultline {

namespace {

void write_text(const std::filesystem::path& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream.close();
  if (!stream) throw std::runtime_error(fmt::format("{}: cannot be written", file.string()));
}

}  // namespace

void prepare_run_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder)) {
    throw std::runtime_error(
        fmt::format("{} is not allowed ({}): a folder that can be made and written",
                    folder.string(), error ? error.message() : "it is a file"));
  }
}

void write_run_folder(const std::filesystem::path& folder, const MachineConfig& config,
                      const RunResult& result) {
  write_text(folder / "config.yaml", to_yaml(machine_schema(), config, Comments::None));
  write_text(folder / "stats.json", stats_document(result).dump(2) + '\n');
  write_text(folder / "latency.csv",
             latency_csv(summarise(result.faults, Grouping::PathAndCaches)));
  write_text(folder / "console.txt", result.console);
  write_fault_database(folder / "faults.db", config, result);
}

}  // namespace faultline
