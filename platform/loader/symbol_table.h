// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which function an address lies in, and where a function is. Several images (monitor, kernel,
// program) may be put into one table as long as their addresses differ.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/loader/elf_image.h"

namespace faultline {

/// One function: [begin, end).
struct FunctionSymbol {
  std::string name;  ///< plain, see ElfSymbol::name
  VirtAddr begin{};
  VirtAddr end{};
};

class SymbolTable {
 public:
  SymbolTable() = default;
  explicit SymbolTable(const ElfImage& image) { add(image); }

  /// Adds the image's functions. A function without a size reaches to the next symbol of its
  /// segment, or to the segment's end. Of several names for one address the first in the file stays
  /// the one that find() gives; addresses_of() knows them all.
  void add(const ElfImage& image);

  /// The function that holds `address`, or null. O(log n).
  [[nodiscard]] const FunctionSymbol* find(VirtAddr address) const;
  /// First addresses of all functions with this plain name, ascending; empty if there is none.
  [[nodiscard]] const std::vector<VirtAddr>& addresses_of(std::string_view name) const;
  /// All functions by address.
  [[nodiscard]] const std::vector<FunctionSymbol>& functions() const { return functions_; }

 private:
  std::vector<FunctionSymbol> functions_;
  std::unordered_map<std::string, std::vector<VirtAddr>> addresses_;
};

}  // namespace faultline
