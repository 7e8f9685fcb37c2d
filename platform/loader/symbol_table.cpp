// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/symbol_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace faultline {

namespace {

/// The end of the executable segment that holds an address; 0 if there is none.
VirtAddr code_end(const ElfImage& image, VirtAddr address) {
  for (const ElfSegment& segment : image.segments()) {
    const bool inside = address.value - segment.address.value < segment.memory_bytes;
    if (segment.executable && inside) return segment.address + segment.memory_bytes;
  }
  return VirtAddr{0};
}

bool before(const FunctionSymbol& a, const FunctionSymbol& b) {
  return a.begin < b.begin;
}

/// The function that begins last at or before `address`, if it reaches that far.
const FunctionSymbol* holder(const std::vector<FunctionSymbol>& functions, VirtAddr address) {
  const auto above =
      std::upper_bound(functions.begin(), functions.end(), address,
                       [](VirtAddr a, const FunctionSymbol& f) { return a < f.begin; });
  if (above == functions.begin()) return nullptr;
  const FunctionSymbol& candidate = *std::prev(above);
  return address < candidate.end ? &candidate : nullptr;
}

/// Functions of one kind; end == begin where the file does not give a size.
std::vector<FunctionSymbol> functions_of(const ElfImage& image, ElfSymbol::Kind kind) {
  std::vector<FunctionSymbol> functions;
  for (const ElfSymbol& symbol : image.symbols()) {
    const VirtAddr limit = code_end(image, symbol.address);
    if (symbol.kind != kind || limit.value == 0) continue;
    const std::uint64_t size = std::min(symbol.size, limit.value - symbol.address.value);
    functions.push_back({symbol.name, symbol.address, symbol.address + size});
  }
  std::stable_sort(functions.begin(), functions.end(), before);
  return functions;
}

bool same_begin(const FunctionSymbol& a, const FunctionSymbol& b) {
  return a.begin == b.begin;
}

}  // namespace

void SymbolTable::add(const ElfImage& image) {
  const std::vector<FunctionSymbol> proper = functions_of(image, ElfSymbol::Kind::Function);
  std::vector<FunctionSymbol> functions = proper;
  for (FunctionSymbol& label : functions_of(image, ElfSymbol::Kind::Other)) {
    if (holder(proper, label.begin) == nullptr) functions.push_back(std::move(label));
  }
  std::stable_sort(functions.begin(), functions.end(), before);

  for (const FunctionSymbol& f : functions) {
    std::vector<VirtAddr>& all = addresses_[f.name];
    const auto place = std::lower_bound(all.begin(), all.end(), f.begin);
    if (place == all.end() || *place != f.begin) all.insert(place, f.begin);
  }

  functions.erase(std::unique(functions.begin(), functions.end(), same_begin), functions.end());
  for (std::size_t i = 0; i < functions.size(); ++i) {
    FunctionSymbol& f = functions[i];
    VirtAddr limit = code_end(image, f.begin);
    if (i + 1 < functions.size()) limit = std::min(limit, functions[i + 1].begin);
    f.end = f.end == f.begin ? limit : std::min(f.end, limit);
  }
  functions_.insert(functions_.end(), functions.begin(), functions.end());
  std::stable_sort(functions_.begin(), functions_.end(), before);
}

const FunctionSymbol* SymbolTable::find(VirtAddr address) const {
  return holder(functions_, address);
}

const std::vector<VirtAddr>& SymbolTable::addresses_of(std::string_view name) const {
  static const std::vector<VirtAddr> kNone;
  const auto found = addresses_.find(name);
  return found == addresses_.end() ? kNone : found->second;
}

}  // namespace faultline
