// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which function an address lies in, and where a function is. Several images (monitor, kernel,
// program) may share a table as long as their addresses differ.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/loader/elf_image.h"

namespace faultline {

/// One function: [begin, end).
struct FunctionSymbol {
  std::string name;  ///< plain, see ElfSymbol::name
  VirtAddr begin{};
  VirtAddr end{};

  bool operator==(const FunctionSymbol&) const = default;
};

class SymbolTable {
 public:
  SymbolTable() = default;
  explicit SymbolTable(const ElfImage& image) { add(image); }

  /// Adds the functions in the image's executable segments, and labels of assembly that lie in none
  /// of them. What has no size reaches to the next function or to the end of its segment. Of
  /// several names for one address find() gives the first in the file; addresses_of() knows them
  /// all.
  void add(const ElfImage& image);

  /// The function that holds `address`, or null. O(log n).
  [[nodiscard]] const FunctionSymbol* find(VirtAddr address) const;
  /// First addresses of all functions with this plain name, ascending; empty if there is none.
  [[nodiscard]] const std::vector<VirtAddr>& addresses_of(std::string_view name) const;
  /// All functions by address.
  [[nodiscard]] const std::vector<FunctionSymbol>& functions() const { return functions_; }

 private:
  std::vector<FunctionSymbol> functions_;
  std::map<std::string, std::vector<VirtAddr>, std::less<>> addresses_;
};

}  // namespace faultline
