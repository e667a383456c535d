// Secrets and what a program printed, all apart by RS (0x1E); the output, which comes last, in
// reads that are apart by GS (0x1D). However it is cut, the same is shown, and no secret is.

#include "reconciler/execute/masking.h"

#include <openssl/evp.h>

#include <algorithm>

#include "tests/fuzz/promise.h"

namespace cemli {
namespace {

using fuzz::promise;

constexpr char kBetweenReads = '\x1d';
constexpr char kBetweenTexts = '\x1e';
/// What is more is only slower.
constexpr std::size_t kMostSecrets = 4;
constexpr std::size_t kLongestSecret = 256;
constexpr std::size_t kMostSingleBytes = 512;

std::string in_percents(std::string_view secret) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : secret) {
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

std::string in_base64(std::string_view secret) {
  std::string text((secret.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(secret.data()),
                                   static_cast<int>(secret.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool is_all_mask(std::string_view shown) {
  return !shown.empty() && shown.find_first_not_of('*') == std::string_view::npos;
}

void check_alone(const Masks& masks, const std::string& secret) {
  promise(is_all_mask(masks.mask(secret)), "of a secret nothing is shown");
  promise(is_all_mask(masks.mask(in_percents(secret))), "of a URL-encoded secret nothing is shown");
  promise(is_all_mask(masks.mask(in_base64(secret))), "of a secret in base64 nothing is shown");
}

void check_shown(const std::string& shown, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    // One with a star in it can be made by a mask and what stands beside it.
    if (secret.find('*') != std::string::npos) continue;
    promise(shown.find(secret) == std::string::npos, "no secret is shown");
  }
}

std::string shown_in(const Masks& masks, const std::vector<std::string_view>& reads) {
  StreamMask stream(masks);
  std::string shown;
  for (const std::string_view read : reads) shown += stream.feed(read);
  return shown + stream.finish();
}

void check(std::string_view input) {
  std::vector<std::string_view> texts = fuzz::split(input, kBetweenTexts);
  const std::vector<std::string_view> reads = fuzz::split(texts.back(), kBetweenReads);
  texts.pop_back();
  std::vector<std::string> secrets;
  for (const std::string_view text : texts) {
    if (text.size() >= kShortestSecret && secrets.size() < kMostSecrets)
      secrets.emplace_back(text.substr(0, kLongestSecret));
  }
  const auto masks = Masks::make(secrets);
  if (!masks) {
    promise(masks.error().code() == ErrorCode::invalid_input, "too many secrets are invalid input");
    return;
  }
  promise(masks->empty() == secrets.empty(), "every secret is looked for");
  for (const std::string& secret : secrets) check_alone(*masks, secret);

  std::string output;
  for (const std::string_view read : reads) output += read;
  const std::string shown = masks->mask(output);
  check_shown(shown, secrets);
  promise(masks->finds_in(output) == (shown != output), "what is found is masked");
  promise(shown_in(*masks, reads) == shown, "a stream shows what the whole shows");
  if (output.size() > kMostSingleBytes) return;
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < output.size(); ++i)
    bytes.push_back(std::string_view(output).substr(i, 1));
  promise(shown_in(*masks, bytes) == shown, "a stream of single bytes shows the same");
}

}  // namespace
}  // namespace cemli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cemli::check(cemli::fuzz::text_of(data, size));
  return 0;
}
