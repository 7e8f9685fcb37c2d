// SPDX-License-Identifier: Apache-2.0
#include "models/dev/plic.h"

#include <cassert>

namespace faultline {

namespace {

constexpr std::uint64_t kPending = 0x001000;
constexpr std::uint64_t kEnable = 0x002000;
constexpr std::uint64_t kEnableStride = 0x80;
constexpr std::uint64_t kContexts = 0x200000;
constexpr std::uint64_t kContextStride = 0x1000;
constexpr std::uint64_t kThreshold = 0;
constexpr std::uint64_t kClaim = 4;

constexpr std::uint32_t bit_of(unsigned source) {
  return std::uint32_t{1} << (source % 32);
}

}  // namespace

Plic::Plic(const sc_core::sc_module_name& name, const DeviceParams& params, const PlicParams& shape)
    : Device(name, params, 4),
      shape_(shape),
      priority_mask_(static_cast<std::uint32_t>((std::uint64_t{1} << shape.priority_bits) - 1)),
      priority_(shape.sources + 1),
      pending_(shape.sources / 32 + 1),
      line_(shape.sources + 1),
      in_service_(shape.sources + 1),
      contexts_(std::size_t{2} * shape.harts) {
  assert(shape.sources >= 1 && shape.sources <= 1023);
  assert(shape.priority_bits >= 1 && shape.priority_bits <= 32);
  for (Context& context : contexts_) context.enable.resize(pending_.size());
}

void Plic::on_interrupt(unsigned context, Line line) {
  contexts_.at(context).on_interrupt = std::move(line);
}

// ---- Gateways and core -------------------------------------------------------------------------

void Plic::set_source(unsigned source, bool level) {
  assert(source >= 1 && source <= shape_.sources);
  line_[source] = level;
  forward_request(source);
}

void Plic::forward_request(unsigned source) {
  if (!line_[source] || in_service_[source]) return;
  in_service_[source] = true;
  pending_[source / 32] |= bit_of(source);
  update();
}

unsigned Plic::best_pending(const Context& context) const {
  unsigned best = 0;
  for (std::size_t word = 0; word < pending_.size(); ++word) {
    const std::uint32_t candidates = pending_[word] & context.enable[word];
    for (unsigned i = 0; candidates >> i != 0 && i < 32; ++i) {
      const unsigned source = static_cast<unsigned>(word * 32 + i);
      if (((candidates >> i) & 1) != 0 && priority_[source] > priority_[best]) best = source;
    }
  }
  return best;
}

void Plic::update() {
  for (Context& context : contexts_) {
    const bool level = priority_[best_pending(context)] > context.threshold;
    if (level == context.level) continue;
    context.level = level;
    if (context.on_interrupt) context.on_interrupt(level);
  }
}

std::uint32_t Plic::claim(Context& context) {
  const unsigned source = best_pending(context);
  if (source != 0) {
    pending_[source / 32] &= ~bit_of(source);
    update();
  }
  return source;
}

void Plic::complete(const Context& context, std::uint64_t source) {
  // An identifier that is not enabled for the context is ignored ("Interrupt Completion").
  if (source == 0 || source > shape_.sources) return;
  if ((context.enable[source / 32] & bit_of(static_cast<unsigned>(source))) == 0) return;
  // So is one whose request is still pending: nobody has claimed it.
  if ((pending_[source / 32] & bit_of(static_cast<unsigned>(source))) != 0) return;
  in_service_[source] = false;
  forward_request(static_cast<unsigned>(source));
}

// ---- Registers ---------------------------------------------------------------------------------

Plic::Register Plic::decode(std::uint64_t offset) const {
  if (offset < kPending) {
    const std::uint64_t source = offset / 4;
    const bool exists = source >= 1 && source <= shape_.sources;
    return {exists ? Kind::Priority : Kind::Reserved, 0, source};
  }
  if (offset < kEnable) {
    const std::uint64_t word = (offset - kPending) / 4;
    return {word < pending_.size() ? Kind::Pending : Kind::Reserved, 0, word};
  }
  const bool is_enable = offset < kContexts;
  const std::uint64_t stride = is_enable ? kEnableStride : kContextStride;
  const std::uint64_t relative = offset - (is_enable ? kEnable : kContexts);
  const std::uint64_t context = relative / stride;
  const std::uint64_t inside = relative % stride;
  if (context >= contexts_.size()) return {};
  if (is_enable) {
    const std::uint64_t word = inside / 4;
    return {word < pending_.size() ? Kind::Enable : Kind::Reserved, context, word};
  }
  if (inside == kThreshold) return {Kind::Threshold, context, 0};
  if (inside == kClaim) return {Kind::Claim, context, 0};
  return {};
}

bool Plic::peek(std::uint64_t offset, unsigned /*size*/, std::uint64_t /*now_ps*/,
                std::uint64_t& value) const {
  const Register reg = decode(offset);
  switch (reg.kind) {
    case Kind::Reserved:
      value = 0;
      break;
    case Kind::Priority:
      value = priority_[reg.index];
      break;
    case Kind::Pending:
      value = pending_[reg.index];
      break;
    case Kind::Enable:
      value = contexts_[reg.context].enable[reg.index];
      break;
    case Kind::Threshold:
      value = contexts_[reg.context].threshold;
      break;
    case Kind::Claim:
      value = best_pending(contexts_[reg.context]);
      break;
  }
  return true;
}

bool Plic::read(std::uint64_t offset, unsigned size, std::uint64_t now_ps, std::uint64_t& value) {
  const Register reg = decode(offset);
  if (reg.kind != Kind::Claim) return peek(offset, size, now_ps, value);
  value = claim(contexts_[reg.context]);
  return true;
}

bool Plic::write(std::uint64_t offset, unsigned /*size*/, std::uint64_t /*now_ps*/,
                 std::uint64_t value) {
  const Register reg = decode(offset);
  const auto word = static_cast<std::uint32_t>(value);
  switch (reg.kind) {
    case Kind::Reserved:
    case Kind::Pending:
      return true;
    case Kind::Priority:
      priority_[reg.index] = word & priority_mask_;
      break;
    case Kind::Enable:
      contexts_[reg.context].enable[reg.index] = word & existing_sources(reg.index);
      break;
    case Kind::Threshold:
      contexts_[reg.context].threshold = word & priority_mask_;
      break;
    case Kind::Claim:
      complete(contexts_[reg.context], value);
      return true;
  }
  update();
  return true;
}

std::uint32_t Plic::existing_sources(std::uint64_t word) const {
  std::uint32_t bits = ~std::uint32_t{0};
  if (word == 0) bits &= ~std::uint32_t{1};
  if (word == pending_.size() - 1) {
    bits &= static_cast<std::uint32_t>((std::uint64_t{2} << (shape_.sources % 32)) - 1);
  }
  return bits;
}

}  // namespace faultline
