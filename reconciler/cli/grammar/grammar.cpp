#include "reconciler/cli/grammar/grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "state/base/address.h"
#include "state/base/ascii.h"
#include "state/base/clock.h"
#include "state/store/oci_config.h"

namespace cemli {
namespace {

Error not_yet(const std::string& what) {
  return Error(ErrorCode::usage,
               fmt::format("'{}' is not supported by this version of cemli yet", what))
      .with_hint("cemli --help lists what is");
}

/// CLI11's messages are sentences.
std::string as_message(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z')
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

Grammar::Grammar()
    : app_(
          "Brings an ERP environment to the package versions that a Git repository says "
          "it should have.",
          "cemli") {
  app_.require_subcommand(1);
  app_.set_version_flag("--version", std::string());
  app_.fallthrough();
  app_.get_formatter()->column_width(34);
  app_.footer(
      "Example:\n  cemli plan -e dev\n  cemli apply -e dev\n\n"
      "Exit codes: 0 done, 1 error, 2 plan has changes (with --detailed-exitcode), 3 a package\n"
      "failed or is blocked, 4 refused by policy, 5 locked or lease lost, 6 a saved plan no "
      "longer\n"
      "stands, 7 it ran and its record waits on this machine, 130/143 stopped by a signal.");
  app_.add_option("-e,--environment", line_.global.environment,
                  "Environment: the name of a file environments/NAME.yaml")
      ->type_name("ENV");
  app_.add_option("-C", line_.global.folder, "Act as if started in this folder")->type_name("DIR");
  app_.add_option(
          "--repo", line_.global.repository,
          "Git repository to read from: a folder, or a URL that the git program can fetch;\n"
          "default: the one you stand in")
      ->type_name("DIR|URL");
  app_.add_flag("-v,--verbose", line_.global.verbosity,
                "Tell which requests to a store are sent again, and twice: all requests");
  app_.add_option("--auth", line_.global.auth,
                  "How to sign in to OCI: api_key, security_token, instance_principal or\n"
                  "resource_principal; default: what the store's address, OCI_CLI_AUTH or the\n"
                  "profile says")
      ->type_name("HOW");
  add_setup_commands(*this);
  add_reading_commands(*this);
  add_running_commands(*this);
  add_promotion_commands(*this);
  add_state_commands(*this);
  add_package_commands(*this);
}

/// CLI11 would only miss a command, and not say which word is none.
std::optional<Error> Grammar::unknown_command(const std::vector<std::string>& arguments) const {
  const CLI::App* at = &app_;
  std::string path = app_.get_name();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "-e" || word == "-C" || word == "--environment" || word == "--repo" ||
        word == "--auth")
      ++i;
    if (word.starts_with('-')) continue;
    std::vector<std::string> known;
    const CLI::App* next = nullptr;
    for (const CLI::App* sub : at->get_subcommands(nullptr)) {
      if (sub->get_name().empty()) continue;  // a group of options
      if (sub->get_name() == word) next = sub;
      if (!sub->get_group().empty()) known.push_back(sub->get_name());
    }
    if (known.empty()) return std::nullopt;
    if (next == nullptr) {
      const auto meant = nearest(word, known);
      return Error(ErrorCode::usage,
                   fmt::format("'{}' is no command of {}{}", word, path,
                               meant ? fmt::format("; did you mean '{}'?", *meant) : ""))
          .with_hint(path + " --help");
    }
    at = next;
    path += " " + word;
  }
  return std::nullopt;
}

Result<std::variant<CommandLine, HelpText>> Grammar::parse(std::vector<std::string> arguments) {
  if (auto unknown = unknown_command(arguments)) return *std::move(unknown);
  // CLI11 takes arguments last first.
  std::reverse(arguments.begin(), arguments.end());
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return std::variant<CommandLine, HelpText>(HelpText{help()});
  } catch (const CLI::CallForVersion&) {
    return std::variant<CommandLine, HelpText>(CommandLine{{}, VersionCommand{}});
  } catch (const CLI::ParseError& error) {
    if (refused_) return not_yet(*refused_);
    return Error(ErrorCode::usage, as_message(error.what()))
        .with_hint(fmt::format("{} --help", where()));
  }
  if (refused_) return not_yet(*refused_);
  if (line_.global.environment && !is_name(*line_.global.environment)) {
    return Error(
        ErrorCode::usage,
        fmt::format("'{}' is not an environment's name: lower-case letters, digits and '-'",
                    *line_.global.environment));
  }
  if (line_.global.auth) {
    if (auto known = parse_oci_auth(*line_.global.auth); !known)
      return std::move(known).error().while_doing("--auth");
  }
  return std::variant<CommandLine, HelpText>(std::move(line_));
}

CLI::App& Grammar::add_group(const std::string& name, const std::string& about,
                             const std::string& example) {
  CLI::App& group = add_command(app_, name, about, example);
  group.require_subcommand(1);
  return group;
}

CLI::App& Grammar::add_command(CLI::App& parent, const std::string& name, const std::string& about,
                               const std::string& example) {
  CLI::App& sub = *parent.add_subcommand(name, about);
  sub.footer("Example:\n  " + example +
             "\n\nEvery command takes -e ENV, -C DIR, --repo DIR|URL and --auth HOW: cemli --help");
  sub.fallthrough();
  return sub;
}

void Grammar::add_later(CLI::App& parent, const std::string& group, std::string_view name) {
  const std::string full_name = fmt::format("cemli {}{}", group, name);
  CLI::App& sub = *parent.add_subcommand(std::string(name), "")->group("");
  sub.allow_extras();
  sub.set_help_flag();
  sub.parse_complete_callback([this, full_name] { refuse(full_name); });
}

const CLI::App* Grammar::deepest() const {
  const CLI::App* at = &app_;
  for (;;) {
    const auto chosen = at->get_subcommands();
    if (chosen.empty()) return at;
    at = chosen.front();
  }
}

std::string Grammar::where() const {
  const CLI::App* app = deepest();
  std::string path = app->get_name();
  while ((app = app->get_parent()) != nullptr) path = app->get_name() + " " + path;
  return path;
}

std::string Grammar::help() const {
  const std::string path = where();
  const std::size_t parent = path.rfind(' ');
  return deepest()->help(parent == std::string::npos ? "" : path.substr(0, parent));
}

void add_json(CLI::App& sub, Output& output) {
  sub.add_flag_callback(
      "--json", [&output] { output = Output::json; }, "Print JSON");
}

void add_forge(CLI::App& sub, ForgeChoice& forge, CLI::Option& needs) {
  sub.add_option_function<std::string>(
         "--forge",
         [&forge](const std::string& kind) {
           forge.kind = kind == "github" ? ForgeKind::github : ForgeKind::gitlab;
         },
         "Where the request is; default: as the pipeline's variables or the remote 'origin' say")
      ->type_name("FORGE")
      ->check(CLI::IsMember({"github", "gitlab"}))
      ->needs(&needs);
  sub.add_option("--forge-api", forge.api, "The address of its API")
      ->type_name("URL")
      ->needs(&needs);
}

void add_duration(CLI::App& sub, const std::string& name, std::chrono::milliseconds& duration,
                  const std::string& about) {
  sub.add_option(
         name,
         [name, &duration](const CLI::results_t& values) {
           // Nobody writes a unit behind nothing.
           if (values.front() == "0") {
             duration = {};
             return true;
           }
           auto parsed = parse_duration(values.front());
           if (!parsed) throw CLI::ValidationError(name, parsed.error().message());
           duration = *parsed;
           return true;
         },
         about)
      ->type_name("TIME");
}

void add_signing_key(CLI::App& sub, std::optional<std::filesystem::path>& key) {
  sub.add_option("--key", key,
                 "SSH key to sign with: a private one, or a public one or certificate whose\n"
                 "private half an agent or a device holds; default: $CEMLI_SIGNING_KEY")
      ->type_name("FILE");
}

CLI::Option& add_why(CLI::App& sub, std::string& why, const std::string& about) {
  return *sub.add_option("--why", why, about)
              ->required()
              ->type_name("TEXT")
              ->check([](const std::string& text) -> std::string {
                const bool is_empty = trimmed(text).empty();
                return is_empty ? "says nothing" : "";
              });
}

void add_address(CLI::App& sub, std::string& address) {
  sub.add_option("ADDRESS", address, "NAME or NAME[INSTANCE]")->required();
}

void add_addresses(CLI::App& sub, std::vector<std::string>& addresses) {
  sub.add_option("ADDRESS", addresses, "NAME or NAME[INSTANCE], one or more")->required();
}

void add_revision(CLI::App& sub, std::string& revision) {
  sub.add_option("--ref", revision, "Commit to read: a branch, a tag or an id; default: HEAD")
      ->type_name("REV");
}

void add_selection(CLI::App& sub, Selection& selection) {
  const auto add = [&sub](const std::string& name, std::vector<Address>& addresses,
                          const std::string& about) {
    sub.add_option(
           name,
           [name, &addresses](const CLI::results_t& values) {
             for (const std::string& value : values) {
               auto address = Address::parse(value);
               if (!address) throw CLI::ValidationError(name, address.error().message());
               addresses.push_back(*std::move(address));
             }
             return true;
           },
           about)
        ->type_name("ADDRESS")
        ->allow_extra_args(false)
        ->take_all();
  };
  add("--target", selection.targets, "Only this and what it needs; may be repeated");
  add("--exclude", selection.excluded, "Not this and what needs it; may be repeated");
}

Result<std::variant<CommandLine, HelpText>> parse_command_line(
    const std::vector<std::string>& arguments) {
  Grammar grammar;
  return grammar.parse(arguments);
}

}  // namespace cemli
