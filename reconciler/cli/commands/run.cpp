#include "reconciler/cli/commands/run.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include "reconciler/cli/commands/commands.h"

namespace cemli {
namespace {

TextStyle style_of(int fd) {
  TextStyle style;
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  if (::isatty(fd) == 0) return style;
  style.color = (no_color == nullptr || *no_color == '\0') && !is_dumb;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) style.width = size.ws_col;
  return style;
}

/// A reader that has seen enough, such as `head`, is nobody's loss.
bool has_reader_gone(int fd) {
  pollfd output{fd, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

void print(const Error& error, Streams& streams) {
  streams.out.flush();
  streams.err << painted(streams.err_style, Paint::red, "error:") << ' ' << error.message() << '\n';
  if (error.hint()) {
    std::string hint = *error.hint();
    for (std::size_t at = hint.find('\n'); at != std::string::npos; at = hint.find('\n', at + 1))
      hint.insert(at + 1, "  ");
    streams.err << "  " << hint << '\n';
  }
}

/// What `-v` asks to be told goes to standard error.
void set_up_logging(int verbosity) {
  auto logger =
      std::make_shared<spdlog::logger>("cemli", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("cemli: %v");
  logger->set_level(verbosity == 1 ? spdlog::level::debug : spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

Result<ExitStatus> run_line(const CommandLine& line, Streams& streams) {
  if (const auto& folder = line.global.folder; folder && ::chdir(folder->c_str()) != 0)
    return system_error(errno, fmt::format("going to '{}'", folder->string()));
  return std::visit([&](const auto& command) { return run_command(line.global, command, streams); },
                    line.command);
}

}  // namespace

int run_cemli(const std::vector<std::string>& arguments) {
  // A reader that goes away ends the output, not a run in the middle.
  ::signal(SIGPIPE, SIG_IGN);
  Streams streams{std::cin,
                  std::cout,
                  std::cerr,
                  style_of(STDOUT_FILENO),
                  style_of(STDERR_FILENO),
                  ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0};
  auto parsed = parse_command_line(arguments);
  if (!parsed) {
    print(parsed.error(), streams);
    return static_cast<int>(exit_status_of(parsed.error().code()));
  }
  if (const auto* help = std::get_if<HelpText>(&*parsed)) {
    streams.out << help->text;
    return static_cast<int>(ExitStatus::done);
  }
  if (const int verbosity = std::get<CommandLine>(*parsed).global.verbosity; verbosity > 0)
    set_up_logging(verbosity);
  const auto status = run_line(std::get<CommandLine>(*parsed), streams);
  streams.out.flush();
  const bool is_cut = !streams.out && !has_reader_gone(STDOUT_FILENO);
  if (is_cut) {
    print(Error(ErrorCode::unavailable, "what was printed could not be written to standard output"),
          streams);
  }
  if (status && is_cut && *status == ExitStatus::done) return static_cast<int>(ExitStatus::error);
  if (status) return static_cast<int>(*status);
  print(status.error(), streams);
  return static_cast<int>(exit_status_of(status.error().code()));
}

}  // namespace cemli
