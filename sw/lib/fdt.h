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

 private:
  explicit Fdt(std::span<const std::uint8_t> blob) : blob_(blob) {}

  [[nodiscard]] std::optional<std::uint32_t> word(std::size_t offset) const;
  [[nodiscard]] std::string_view text_at(std::size_t offset) const;

  std::span<const std::uint8_t> blob_;
};

}  // namespace lib
