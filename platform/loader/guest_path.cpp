// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/guest_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "platform/loader/load_error.h"

namespace faultline {

namespace {
/// Linux's NAME_MAX.
constexpr std::size_t kLongestName = 255;
}  // namespace

std::string plain_guest_path(const std::string& path, const std::string& where) {
  const auto refuse = [&](const char* why) {
    throw LoadError(fmt::format("{} path \"{}\": {}", where, path, why));
  };
  const std::size_t start = path.find_first_not_of('/');
  if (start == std::string::npos) refuse("no file name; allowed: a path such as /bin/init");
  std::string plain = path.substr(start);
  if (plain.find('\0') != std::string::npos) refuse("contains a zero byte");
  for (std::size_t begin = 0; begin <= plain.size();) {
    const std::size_t end = std::min(plain.find('/', begin), plain.size());
    const std::string part = plain.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") {
      refuse("an empty part, \".\" or \"..\"; allowed: names joined by single slashes");
    }
    if (part.size() > kLongestName) refuse("a name of more than 255 bytes");
    begin = end + 1;
  }
  return plain;
}

}  // namespace faultline
