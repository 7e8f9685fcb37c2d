// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/fdt.h"

namespace lib {
namespace {

constexpr std::uint32_t kMagic = 0xd00dfeed;
constexpr std::uint32_t kVersion = 17;
// Offsets in the header (Devicetree Specification 0.4, 5.2).
constexpr std::size_t kTotalSize = 4;
constexpr std::size_t kStructureOffset = 8;
constexpr std::size_t kStringsOffset = 12;
constexpr std::size_t kVersionOffset = 20;
constexpr std::size_t kHeaderSize = 40;

// Tokens of the structure block (5.4.1).
enum class Token : std::uint32_t {
  kBeginNode = 1,
  kEndNode = 2,
  kProperty = 3,
  kNop = 4,
  kEnd = 9,
};

std::uint32_t big_endian(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

std::size_t align_up_to_word(std::size_t offset) {
  return (offset + 3) & ~std::size_t{3};
}

/// The component of `path` at `depth` (1 is the first below the root); empty beyond its end.
std::string_view component(std::string_view path, std::size_t depth) {
  for (;;) {
    if (!path.empty() && path.front() == '/') path.remove_prefix(1);
    const std::size_t end = path.find('/');
    if (depth == 1) return path.substr(0, end);
    if (end == std::string_view::npos) return {};
    path.remove_prefix(end);
    --depth;
  }
}

std::size_t depth_of(std::string_view path) {
  std::size_t depth = 0;
  while (!component(path, depth + 1).empty()) ++depth;
  return depth;
}

bool matches(std::string_view node, std::string_view wanted) {
  if (wanted.find('@') == std::string_view::npos) node = node.substr(0, node.find('@'));
  return node == wanted;
}

/// Whether a list of strings, each with its terminating zero, holds `wanted`.
bool lists(const FdtProperty& strings, std::string_view wanted) {
  std::string_view rest(reinterpret_cast<const char*>(strings.bytes().data()),
                        strings.bytes().size());
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    if (rest.substr(0, end) == wanted) return true;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

/// Deepest level of nodes that next_compatible() looks at.
constexpr std::size_t kMaxDepth = 8;

}  // namespace

std::optional<std::uint64_t> FdtProperty::cells(std::size_t first, std::size_t cells) const {
  if (cells < 1 || cells > 2 || bytes_.size() < (first + cells) * 4) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = first; i < first + cells; ++i) {
    value = value << 32 | big_endian(bytes_.data() + i * 4);
  }
  return value;
}

std::optional<std::uint64_t> FdtProperty::number() const {
  return bytes_.size() % 4 == 0 ? cells(0, bytes_.size() / 4) : std::nullopt;
}

std::string_view FdtProperty::text() const {
  const std::string_view all(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  return all.substr(0, all.find('\0'));
}

std::optional<Fdt> Fdt::open(const void* blob) {
  const auto* const bytes = static_cast<const std::uint8_t*>(blob);
  if (bytes == nullptr || big_endian(bytes) != kMagic) return std::nullopt;
  if (big_endian(bytes + kVersionOffset) < kVersion) return std::nullopt;
  const std::uint32_t size = big_endian(bytes + kTotalSize);
  if (size < kHeaderSize) return std::nullopt;
  return Fdt({bytes, size});
}

std::optional<std::uint32_t> Fdt::word(std::size_t offset) const {
  if (offset > blob_.size() || blob_.size() - offset < 4) return std::nullopt;
  return big_endian(blob_.data() + offset);
}

std::string_view Fdt::text_at(std::size_t offset) const {
  if (offset >= blob_.size()) return {};
  const std::string_view rest(reinterpret_cast<const char*>(blob_.data()) + offset,
                              blob_.size() - offset);
  return rest.substr(0, rest.find('\0'));
}

std::optional<FdtProperty> Fdt::property(std::string_view path, std::string_view name) const {
  const std::size_t strings = *word(kStringsOffset);
  const std::size_t wanted_depth = depth_of(path);
  std::size_t at = *word(kStructureOffset);
  std::size_t depth = 0;    // of the node being read; the root has 1
  std::size_t matched = 0;  // how many nodes from the root down to it lie on the path
  for (;;) {
    const auto token = word(at);
    if (!token) return std::nullopt;
    at += 4;
    switch (static_cast<Token>(*token)) {
      case Token::kBeginNode: {
        const std::string_view node = text_at(at);
        at = align_up_to_word(at + node.size() + 1);
        const bool on_path = depth == 0 || (matched == depth && depth <= wanted_depth &&
                                            matches(node, component(path, depth)));
        ++depth;
        if (on_path) matched = depth;
        break;
      }
      case Token::kEndNode:
        if (depth == 0) return std::nullopt;
        if (depth == wanted_depth + 1 && matched == depth) return std::nullopt;
        --depth;
        matched = matched < depth ? matched : depth;
        break;
      case Token::kProperty: {
        const auto size = word(at);
        const auto name_offset = word(at + 4);
        at += 8;
        if (!size || !name_offset || at > blob_.size() || blob_.size() - at < *size) {
          return std::nullopt;
        }
        if (depth == wanted_depth + 1 && matched == depth &&
            text_at(strings + *name_offset) == name) {
          return FdtProperty(blob_.subspan(at, *size));
        }
        at = align_up_to_word(at + *size);
        break;
      }
      case Token::kNop:
        break;
      default:
        return std::nullopt;
    }
  }
}

std::optional<FdtNode> Fdt::next_compatible(std::string_view compatible,
                                            const FdtNode* after) const {
  FdtNode nodes[kMaxDepth + 1] = {{0, 2, 1}};  // by depth, with what each says of its children
  std::size_t depth = 0;
  std::size_t at = *word(kStructureOffset);
  for (;;) {
    const auto token = word(at);
    if (!token) return std::nullopt;
    at += 4;
    switch (static_cast<Token>(*token)) {
      case Token::kBeginNode: {
        at = align_up_to_word(at + text_at(at).size() + 1);
        if (++depth > kMaxDepth) break;
        const FdtNode node = {at, nodes[depth - 1].address_cells, nodes[depth - 1].size_cells};
        const auto strings = property(node, "compatible");
        if ((after == nullptr || at > after->properties) && strings &&
            lists(*strings, compatible)) {
          return node;
        }
        const auto address_cells = property(node, "#address-cells");
        const auto size_cells = property(node, "#size-cells");
        nodes[depth] = {at, address_cells ? address_cells->number().value_or(2) : 2,
                        size_cells ? size_cells->number().value_or(1) : 1};
        break;
      }
      case Token::kEndNode:
        if (depth == 0) return std::nullopt;
        --depth;
        break;
      case Token::kProperty: {
        const auto size = word(at);
        if (!size) return std::nullopt;
        at = align_up_to_word(at + 8 + *size);
        break;
      }
      case Token::kNop:
        break;
      default:
        return std::nullopt;
    }
  }
}

std::optional<FdtProperty> Fdt::property(const FdtNode& node, std::string_view name) const {
  const std::size_t strings = *word(kStringsOffset);
  std::size_t at = node.properties;
  for (;;) {
    const auto token = word(at);
    if (token && static_cast<Token>(*token) == Token::kNop) {
      at += 4;
      continue;
    }
    if (!token || static_cast<Token>(*token) != Token::kProperty) return std::nullopt;
    const auto size = word(at + 4);
    const auto name_offset = word(at + 8);
    at += 12;
    if (!size || !name_offset || at > blob_.size() || blob_.size() - at < *size) {
      return std::nullopt;
    }
    if (text_at(strings + *name_offset) == name) return FdtProperty(blob_.subspan(at, *size));
    at = align_up_to_word(at + *size);
  }
}

std::optional<FdtRange> Fdt::reg(const FdtNode& node, std::size_t index) const {
  const auto value = property(node, "reg");
  const std::size_t first = index * (node.address_cells + node.size_cells);
  const auto base = value ? value->cells(first, node.address_cells) : std::nullopt;
  const auto size =
      value ? value->cells(first + node.address_cells, node.size_cells) : std::nullopt;
  if (!base || !size) return std::nullopt;
  return FdtRange{*base, *size};
}

}  // namespace lib
