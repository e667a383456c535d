// A checkpoint in the first line: it is read as it was written, and entries that follow it, each in
// a line of its own, are folded into the state that it holds.

#include "tests/fuzz/log_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cemli::fuzz::promise;
  const std::string_view text = cemli::fuzz::text_of(data, size);
  const std::string_view first = text.substr(0, text.find('\n'));
  auto state = cemli::decode_checkpoint(cemli::fuzz::sealed(first));
  if (!state) {
    promise(state.error().code() == cemli::ErrorCode::corrupt, "what is no checkpoint is corrupt");
    return 0;
  }
  promise(state->head.has_value(), "a checkpoint has a head");
  cemli::fuzz::check_checkpoint(*state);
  for (const std::string_view line : cemli::fuzz::split(text.substr(first.size()), '\n')) {
    if (auto entry = cemli::decode_entry(cemli::fuzz::sealed(line)))
      cemli::fuzz::follow(*state, *std::move(entry));
  }
  cemli::fuzz::end_log(*state);
  return 0;
}
