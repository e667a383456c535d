#include "state/base/error.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "state/base/result.h"

namespace cemli {

TEST_CASE("context stands before the sentence, the outermost first") {
  const Error error = Error(ErrorCode::corrupt, "the size differs")
                          .while_doing("reading 'a.zip'")
                          .while_doing("package 'a'")
                          .with_hint("cemli package verify a");
  CHECK(error.message() == "package 'a': reading 'a.zip': the size differs");
  CHECK(error.code() == ErrorCode::corrupt);
  CHECK(error.hint() == "cemli package verify a");
}

TEST_CASE("a hint survives what is put before the sentence") {
  const Error error = Error(ErrorCode::usage, "no").with_hint("try this").while_doing("doing that");
  CHECK(error.message() == "doing that: no");
  CHECK(error.hint() == "try this");
  CHECK_FALSE(Error(ErrorCode::usage, "no").hint());
}

TEST_CASE("all problems of an input become one error, a line each") {
  const Error error = error_of({{"a.yaml:3:5", "unknown key 'verion'"}, {"", "no packages"}});
  CHECK(error.code() == ErrorCode::invalid_input);
  CHECK(error.message() == "a.yaml:3:5: unknown key 'verion'\nno packages");
}

TEST_CASE("the nearest candidate is one that may have been meant") {
  const std::vector<std::string> keys{"name", "version", "type", "timeout", "parameters"};
  CHECK(nearest("verion", keys) == "version");
  CHECK(nearest("versoin", keys) == "version");
  CHECK(nearest("parameter", keys) == "parameters");
  CHECK(nearest("nam", keys) == "name");
  CHECK(nearest("name", keys) == "name");
  CHECK_FALSE(nearest("colour", keys));
  CHECK_FALSE(nearest("nothing-like-it", keys));
  CHECK_FALSE(nearest("name", {}));
}

TEST_CASE("of two candidates equally near the first is taken") {
  CHECK(nearest("rum", {"run", "rug"}) == "run");
  CHECK(nearest("rum", {"rug", "run"}) == "rug");
}

TEST_CASE("what is much longer than a word was not mistyped, and takes no time") {
  const std::string word(1'000'000, 'x');
  CHECK_FALSE(nearest(word, {word + "y", word}));
}

TEST_CASE("system errors are classed by what a caller can do about them") {
  CHECK(system_error(ENOENT, "reading 'x'").code() == ErrorCode::not_found);
  CHECK(system_error(ENOTDIR, "reading 'x'").code() == ErrorCode::not_found);
  CHECK(system_error(EACCES, "reading 'x'").code() == ErrorCode::denied);
  CHECK(system_error(EROFS, "reading 'x'").code() == ErrorCode::denied);
  CHECK(system_error(ENOSPC, "reading 'x'").code() == ErrorCode::unavailable);
  CHECK(system_error(ENOENT, "reading 'x'").message() == "reading 'x': No such file or directory");
}

TEST_CASE("a result holds a value or an error") {
  const auto half = [](int number) -> Result<int> {
    if (number % 2 != 0) return Error(ErrorCode::invalid_input, "odd");
    return number / 2;
  };
  REQUIRE(half(4));
  CHECK(*half(4) == 2);
  REQUIRE_FALSE(half(3));
  CHECK(half(3).error().message() == "odd");
  CHECK(Result<void>());
  CHECK_FALSE(Result<void>(Error(ErrorCode::internal, "x")));
}

}  // namespace cemli
