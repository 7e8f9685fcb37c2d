// SPDX-License-Identifier: Apache-2.0
// The TLM-2.0 side of the MMU: virtual-address transactions of other initiators.

#include <algorithm>

#include "models/mmu/mmu.h"
#include "models/mmu/translation_request.h"

namespace faultline {

namespace {

/// A transaction taken apart at page borders: while it exists, the payload is one part after
/// another; afterwards it has its own address, data and length again.
class PageParts {
 public:
  explicit PageParts(tlm::tlm_generic_payload& payload)
      : payload_(payload),
        address_(payload.get_address()),
        data_(payload.get_data_ptr()),
        length_(payload.get_data_length()),
        streaming_width_(payload.get_streaming_width()) {}
  ~PageParts() {
    payload_.set_address(address_);
    set_data(data_, length_, streaming_width_);
  }
  PageParts(const PageParts&) = delete;
  PageParts& operator=(const PageParts&) = delete;

  /// Byte enables and streaming repeat over the whole transaction: such a one cannot be taken
  /// apart.
  [[nodiscard]] bool possible() const {
    const bool one_page = (address_ & (kPageBytes - 1)) + length_ <= kPageBytes;
    return one_page || (payload_.get_byte_enable_ptr() == nullptr && streaming_width_ >= length_);
  }
  /// Makes the payload the next part; false if there is none.
  bool next() {
    done_ += bytes_;
    if (done_ >= length_) return false;
    const std::uint64_t left_in_page = kPageBytes - (address().value & (kPageBytes - 1));
    bytes_ = static_cast<unsigned>(std::min<std::uint64_t>(left_in_page, length_ - done_));
    if (bytes_ != length_) set_data(data_ + done_, bytes_, bytes_);
    return true;
  }
  [[nodiscard]] VirtAddr address() const { return VirtAddr{address_ + done_}; }
  [[nodiscard]] unsigned bytes() const { return bytes_; }
  /// Bytes of the parts before this one.
  [[nodiscard]] unsigned done() const { return done_; }

 private:
  void set_data(unsigned char* data, unsigned length, unsigned streaming_width) {
    payload_.set_data_ptr(data);
    payload_.set_data_length(length);
    payload_.set_streaming_width(streaming_width);
  }

  tlm::tlm_generic_payload& payload_;
  sc_dt::uint64 address_;
  unsigned char* data_;
  unsigned length_;
  unsigned streaming_width_;
  unsigned done_ = 0;
  unsigned bytes_ = 0;
};

AccessType access_of(const tlm::tlm_generic_payload& payload, const TranslationRequest* request) {
  if (payload.is_write()) return AccessType::Store;
  return request != nullptr && request->fetch ? AccessType::Fetch : AccessType::Load;
}

}  // namespace

void Mmu::b_transport(int /*id*/, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  TranslationRequest* request = payload.get_extension<TranslationRequest>();
  const TranslationContext& context = request != nullptr ? request->context : default_context_;
  const AccessType access = access_of(payload, request);
  LocalClock clock(period_ps_);
  clock.absorb(delay);

  PageParts parts(payload);
  payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  while (parts.possible() && parts.next()) {
    clock.before_shared();
    const Translation result =
        translate(clock, parts.address(), access, context, nullptr, parts.bytes());
    if (request != nullptr) request->abort = result.abort;
    if (!result.ok()) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      break;
    }
    payload.set_address(result.address.value);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    clock.transport(downstream, payload);
    if (!payload.is_response_ok()) break;
  }
  payload.set_dmi_allowed(false);
  delay = clock.offset();
}

unsigned Mmu::transport_dbg(int /*id*/, tlm::tlm_generic_payload& payload) {
  TranslationRequest* request = payload.get_extension<TranslationRequest>();
  TranslationContext context = request != nullptr ? request->context : default_context_;
  context.adue = false;  // looking must not change the tables
  const AccessType access = access_of(payload, request);

  PageParts parts(payload);
  while (parts.next()) {
    const Translation result =
        translate_functional(parts.address(), access, context, nullptr, parts.bytes());
    if (request != nullptr) request->abort = result.abort;
    if (!result.ok()) return parts.done();
    payload.set_address(result.address.value);
    const unsigned moved = downstream->transport_dbg(payload);
    if (moved != parts.bytes()) return parts.done() + moved;
  }
  return parts.done();
}

}  // namespace faultline
