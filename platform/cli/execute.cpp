// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <iostream>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"
#include "platform/loader/load_error.h"

namespace faultline {

namespace {

int dispatch(const RunArguments& a) {
  return run_command(a);
}
int dispatch(const BareArguments& a) {
  return bare_command(a);
}
int dispatch(const ShowConfigArguments& a) {
  return config_command(a);
}
int dispatch(const RtlArguments& a) {
  return rtl_command(a);
}
int dispatch(const CosimArguments& a) {
  return cosim_command(a);
}
int dispatch(const ExitNow& a) {
  return a.status;
}

void log_to_stderr() {
  auto logger = std::make_shared<spdlog::logger>(
      "faultline", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("faultline: %^%l%$: %v");
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

int execute(std::vector<std::string> arguments) {
  log_to_stderr();
  try {
    const Command command = parse_arguments(std::move(arguments), std::cout, std::cerr);
    return std::visit([](const auto& c) { return dispatch(c); }, command);
  } catch (const LoadError& e) {
    spdlog::error("{}", e.what());
    return kExitUsage;
  } catch (const std::exception& e) {
    spdlog::critical("{}", e.what());
    return kExitModel;
  }
}

}  // namespace faultline
