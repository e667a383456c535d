#include "state/base/sshsig.h"

#include <cstdint>

#include "state/base/base64.h"

namespace cemli {
namespace {

constexpr std::string_view kBeginLine = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kEndLine = "-----END SSH SIGNATURE-----";
constexpr std::string_view kMagic = "SSHSIG";

/// Takes numbers and texts off the front of a message as RFC 4251 writes them; once something is
/// missing, all is.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t number() {
    const std::string_view taken = take(4);
    std::uint32_t number = 0;
    for (const char byte : taken) number = number << 8U | static_cast<unsigned char>(byte);
    return number;
  }
  std::string_view text() { return take(number()); }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) {
      failed_ = true;
      size = 0;
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return failed_ ? std::string_view() : taken;
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

std::optional<std::string> armoured_bytes(std::string_view text) {
  const std::size_t begin = text.find(kBeginLine);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + kBeginLine.size());
  const std::size_t end = text.find(kEndLine);
  if (end == std::string_view::npos) return std::nullopt;
  std::string base64;
  for (const char c : text.substr(0, end)) {
    if (c != '\n' && c != '\r' && c != ' ') base64 += c;
  }
  auto bytes = from_base64(base64);
  if (!bytes) return std::nullopt;
  return *std::move(bytes);
}

}  // namespace

bool SshSignature::is_certified() const {
  return key_type.ends_with("-cert-v01@openssh.com");
}

std::optional<SshSignature> read_ssh_signature(std::string_view text) {
  const auto bytes = armoured_bytes(text);
  if (!bytes) return std::nullopt;
  Fields fields(*bytes);
  if (fields.take(kMagic.size()) != kMagic || fields.number() != 1) return std::nullopt;
  SshSignature signature;
  signature.key = fields.text();
  signature.name_space = fields.text();
  Fields key(signature.key);
  signature.key_type = key.text();
  if (fields.failed() || key.failed()) return std::nullopt;
  return signature;
}

}  // namespace cemli
