#include "reconciler/execute/masking.h"

#include <catch2/catch.hpp>
#include <random>

#include "state/base/program.h"

namespace cemli {
namespace {

Masks masks_of(const std::vector<std::string>& values) {
  auto masks = Masks::make(values);
  REQUIRE(masks);
  return *std::move(masks);
}

std::string masked(const std::string& text,
                   const std::vector<std::string>& values = {"s3cret!pw"}) {
  return masks_of(values).mask(text);
}

/// What a program of the system makes of a text.
std::string encoded_by(const std::vector<std::string>& argv, const std::string& text) {
  ProgramCall call{argv};
  call.input = text;
  const auto end = run_program(call);
  REQUIRE(end);
  return end->out;
}

TEST_CASE("a secret is masked as it is, wherever it stands") {
  CHECK(masked("s3cret!pw") == "***");
  CHECK(masked("user/s3cret!pw@db and s3cret!pw.") == "user/***@db and ***.");
  CHECK(masked("s3cret!p") == "s3cret!p");
  CHECK(masked("") == "");
  CHECK(masks_of({}).mask("s3cret!pw") == "s3cret!pw");
}

TEST_CASE("a secret is masked where it is URL-encoded, wholly or in part") {
  const std::string secret = "p@ss w/rd\xc3\xa9";
  for (const char* text : {"p%40ss%20w%2Frd%C3%A9", "p%40ss+w%2frd%c3%a9", "p@ss%20w/rd\xc3\xa9",
                           "%70%40%73%73%20%77%2F%72%64%C3%A9"})
    CHECK(masked(std::string("x=") + text + "&y", {secret}) == "x=***&y");
}

TEST_CASE("a secret is masked in base64 at any place of what was encoded") {
  const std::string secret =
      GENERATE("s3cret!pw", "sixsix", "seven77", "\xff\xfe\xfd\xfb\xef\xbf?>>>");
  for (const char* before : {"", "a", "ab", "abc", "Basic admin:"}) {
    for (const char* after : {"", "z", "zz", "zzz@host"}) {
      const std::string text = encoded_by({"base64", "-w0"}, before + secret + after);
      const std::string result = masked(text, {secret});
      INFO(text << " -> " << result);
      CHECK(result.find("***") != std::string::npos);
      // What is left tells at most the bits that its neighbours share a character with.
      CHECK(result.size() <= text.size() - secret.size() * 4 / 3 + 6);
    }
  }
  // The URL alphabet.
  std::string url = encoded_by({"base64", "-w0"}, "\xff\xfe\xfd\xfb\xef\xbf?>>>");
  for (char& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
  CHECK(masked(url, {"\xff\xfe\xfd\xfb\xef\xbf?>>>"}) == "***");
}

TEST_CASE("a long secret is masked in base64 whose lines are wrapped") {
  std::string key;
  for (int i = 0; i < 200; ++i) key += static_cast<char>('!' + i * 7 % 90);
  const std::string text = encoded_by({"base64"}, "before " + key + " after");
  const std::string result = masked(text, {key});
  INFO(result);
  CHECK(result.size() < 40);
}

TEST_CASE("of a secret with many lines each line is masked") {
  const std::string key =
      "-----BEGIN KEY-----\nMIIBOgIBAAJBAK\nqqqqqqqqqqqqqqqq\n-----END KEY-----";
  CHECK(masked("line: MIIBOgIBAAJBAK\r\n", {key}) == "line: ***\r\n");
  CHECK(masked(key, {key}) == "***");
  std::string with_returns = key;
  for (std::size_t at = 0; (at = with_returns.find('\n', at)) != std::string::npos; at += 2)
    with_returns.insert(at, "\r");
  CHECK(masked(with_returns, {key}) == "***\r\n***\r\n***\r\n***");
}

TEST_CASE("secrets that overlap leave nothing of either") {
  CHECK(masked("abcdefghi", {"abcdef", "defghi"}) == "***");
  CHECK(masked("xabcabcabcx", {"abcabc"}) == "x***x");
  CHECK(masked("secretsecret secret", {"secret"}) == "****** ***");
}

TEST_CASE("bytes of any value are secrets like others") {
  const std::string secret("\0\x01\n\\E.*[", 8);
  CHECK(masked("a" + secret + "b", {secret}) == "a***b");
}

TEST_CASE("however a stream is cut into reads, the same is shown") {
  const std::vector<std::string> secrets{"s3cret!pw", "pw-other", "p w/x y"};
  const Masks masks = masks_of(secrets);
  std::minstd_rand random(7);
  const auto below = [&random](std::size_t n) { return random() % n; };
  const std::vector<std::string> pieces{"s3cret!pw", "pw-other",    "s3cret!",
                                        "pw",        "p%20w%2Fx+y", "czNjcmV0IXB3",
                                        "\n",        "x",           "s3cret!pw-other"};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t i = 0; i < 12; ++i) text += pieces[below(pieces.size())];
    const std::string expected = masks.mask(text);
    StreamMask stream(masks);
    std::string shown;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::min(text.size() - at, 1 + below(9));
      shown += stream.feed(std::string_view(text).substr(at, size));
      at += size;
    }
    shown += stream.finish();
    INFO(text);
    CHECK(shown == expected);
    for (const std::string& secret : secrets) CHECK(shown.find(secret) == std::string::npos);
  }
}

TEST_CASE("a stream holds back no more than a secret can be long") {
  const Masks masks = masks_of({"s3cret!pw"});
  StreamMask stream(masks);
  const std::string line(1000, 'x');
  CHECK(stream.feed(line).size() > 900);
}

TEST_CASE("binary content is searched for secrets") {
  const Masks masks = masks_of({"s3cret!pw"});
  CHECK(masks.finds_in(std::string("PK\0\3", 4) + "s3cret!pw"));
  CHECK(masks.finds_in("czNjcmV0IXB3"));
  CHECK_FALSE(masks.finds_in("nothing"));
  CHECK_FALSE(Masks().finds_in("s3cret!pw"));
}

TEST_CASE("many secrets are looked for at once") {
  std::vector<std::string> secrets;
  for (int i = 0; i < 100; ++i) secrets.push_back("secret-number-" + std::to_string(1000 + i));
  const Masks masks = masks_of(secrets);
  CHECK(masks.mask("a secret-number-1099 b") == "a *** b");
}

}  // namespace
}  // namespace cemli
