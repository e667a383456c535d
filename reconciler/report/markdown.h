#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cemli {

/// Text of others within a comment. Code is the one thing in which forges look for no markup, HTML,
/// links, mentions or commands, so all of it becomes code.

/// One line; what would end it, or turn it around, is shown instead.
[[nodiscard]] std::string code_span(std::string_view text);
/// Lines, each as it is but for what a terminal would obey; ends with a line's end.
[[nodiscard]] std::string code_block(std::string_view text);

/// At most so many bytes, cut between characters; what is cut ends with `…`.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most);

}  // namespace cemli
