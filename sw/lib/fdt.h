// SPDX-License-Identifier: Apache-2.0
#pragma once

// A reader of flattened device trees that works in place, without allocation. Every offset is
// checked against the blob's size. Phandles, overlays and the memory reservation block are not
// interpreted. Source: Devicetree Specification 0.4, chapter 5.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lib {

/// The value of one property, in place.
class FdtProperty {
 public:
  explicit FdtProperty(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  /// The number that `cells` big-endian 32-bit cells (1 or 2) hold from cell `first` on; nothing if
  /// the property is too short.
  [[nodiscard]] std::optional<std::uint64_t> cells(std::size_t first, std::size_t cells) const;
  /// The whole value as a number, if it is one or two cells long.
  [[nodiscard]] std::optional<std::uint64_t> number() const;
  /// The value as text, up to its terminating zero.
  [[nodiscard]] std::string_view text() const;

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Where a device's registers are, or a range of memory.
struct FdtRange {
  std::uint64_t base;
  std::uint64_t size;
};

/// A node found by Fdt::next_compatible().
struct FdtNode {
  std::size_t properties;     ///< offset of its first property in the blob
  std::size_t address_cells;  ///< of the addresses in its reg, as its parent says (default 2)
  std::size_t size_cells;     ///< of the sizes in its reg (default 1)
};

class Fdt {
 public:
  /// Checks the header of the blob at `blob`; nothing if it is no device tree of version 17 or
  /// later.
  static std::optional<Fdt> open(const void* blob);

  [[nodiscard]] std::span<const std::uint8_t> blob() const { return blob_; }

  /// The property `name` of the first node at `path`. A component of the path without a unit
  /// address matches a node of any unit address: "/memory" finds "/memory@80000000". The root is
  /// "/".
  [[nodiscard]] std::optional<FdtProperty> property(std::string_view path,
                                                    std::string_view name) const;

  /// The first node behind `after` (null: of the tree), in the order of the blob, one of whose
  /// `compatible` strings is `compatible`; nothing if there is none. Nodes at most 8 levels deep
  /// are looked at.
  [[nodiscard]] std::optional<FdtNode> next_compatible(std::string_view compatible,
                                                       const FdtNode* after) const;
  /// A property of a node.
  [[nodiscard]] std::optional<FdtProperty> property(const FdtNode& node,
                                                    std::string_view name) const;
  /// Entry `index` of the node's reg, as the parent counts addresses; ranges are not translated.
  [[nodiscard]] std::optional<FdtRange> reg(const FdtNode& node, std::size_t index) const;

 private:
  explicit Fdt(std::span<const std::uint8_t> blob) : blob_(blob) {}

  [[nodiscard]] std::optional<std::uint32_t> word(std::size_t offset) const;
  [[nodiscard]] std::string_view text_at(std::size_t offset) const;

  std::span<const std::uint8_t> blob_;
};

}  // namespace lib
