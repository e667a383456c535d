#include "reconciler/cli/adoption.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "state/base/ascii.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

using nlohmann::json;

Problem at(const AdoptionRequest& request, std::string what) {
  return {request.where, std::move(what)};
}

std::vector<std::string> words_of(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  std::vector<std::string> words;
  for (std::size_t begin = line.find_first_not_of(kBlank); begin != std::string_view::npos;
       begin = line.find_first_not_of(kBlank)) {
    const std::size_t end = std::min(line.find_first_of(kBlank, begin), line.size());
    words.emplace_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
  return words;
}

void read_line(std::string_view line, const std::string& where,
               std::vector<AdoptionRequest>& requests, std::vector<Problem>& problems) {
  const std::vector<std::string> words = words_of(line.substr(0, line.find('#')));
  if (words.empty()) return;
  if (words.size() > 2) {
    problems.push_back(Problem{where, "expected 'ADDRESS' or 'ADDRESS VERSION'"});
    return;
  }
  auto request = parse_adoption(words[0]);
  if (!request) {
    problems.push_back(Problem{where, request.error().message()});
    return;
  }
  if (words.size() == 2) request->version = words[1];
  request->where = where;
  requests.push_back(*std::move(request));
}

/// A member's text; nothing where it is missing or null, which `version` may be.
std::optional<std::string> text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Result<std::vector<AdoptionRequest>> parse_json_list(std::string_view text,
                                                     const std::string& file) {
  auto document = parse_json(text);
  if (!document)
    return Error(ErrorCode::invalid_input, fmt::format("{}: {}", file, document.error().message()));
  const json packages = document->value("packages", json());
  if (!packages.is_array())
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}: /packages: expected a list of objects", file));
  std::vector<AdoptionRequest> requests;
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    const std::string where = fmt::format("{}: /packages/{}", file, i);
    const auto address = packages[i].is_object() ? text_in(packages[i], "address") : std::nullopt;
    if (!address) {
      problems.push_back(Problem{where, "expected an object with an 'address'"});
      continue;
    }
    auto parsed = Address::parse(*address);
    if (parsed) {
      requests.push_back(
          AdoptionRequest{*std::move(parsed), text_in(packages[i], "version"), where});
    } else {
      problems.push_back(Problem{where, parsed.error().message()});
    }
  }
  if (!problems.empty()) return error_of(problems);
  return requests;
}

std::optional<Problem> problem_with(const AdoptionRequest& request, const DesiredState& desired,
                                    const RecordedState& recorded) {
  const std::string name = request.address.text();
  const auto found = desired.packages.find(request.address);
  if (found == desired.packages.end())
    return at(request, fmt::format("'{}' is not desired in environment '{}': desire what is "
                                   "installed, adopt it, and change it then",
                                   name, desired.environment));
  const std::string& version = found->second.identity.version;
  if (request.version && *request.version != version)
    return at(request, fmt::format("'{}' is desired at {}, not {}: adopt it at a commit that "
                                   "desires what is installed (--ref)",
                                   name, version, *request.version));
  const auto record = recorded.addresses.find(request.address);
  if (record != recorded.addresses.end() && record->second.last_success)
    return at(request, fmt::format("'{}' has succeeded at {}: what is recorded of it must be "
                                   "forgotten first (cemli state forget)",
                                   name, record->second.last_success->identity.version));
  return std::nullopt;
}

}  // namespace

Result<AdoptionRequest> parse_adoption(std::string_view text) {
  const std::size_t at = text.find('@');
  auto address = Address::parse(text.substr(0, at));
  if (!address) return std::move(address).error();
  AdoptionRequest request{*std::move(address)};
  if (at != std::string_view::npos) request.version = text.substr(at + 1);
  return request;
}

Result<std::vector<AdoptionRequest>> parse_adoption_list(std::string_view text,
                                                         const std::string& file) {
  if (trimmed(text).starts_with('{')) return parse_json_list(text, file);
  std::vector<AdoptionRequest> requests;
  std::vector<Problem> problems;
  for (int number = 1; !text.empty(); ++number) {
    read_line(take_until(text, '\n'), fmt::format("{}:{}", file, number), requests, problems);
  }
  if (!problems.empty()) return error_of(problems);
  return requests;
}

std::vector<AdoptionRequest> unrecorded_addresses(const DesiredState& desired,
                                                  const RecordedState& recorded) {
  std::vector<AdoptionRequest> requests;
  for (const auto& [address, package] : desired.packages) {
    const auto found = recorded.addresses.find(address);
    if (found == recorded.addresses.end() || found->second.status == Status::not_started)
      requests.push_back(AdoptionRequest{address});
  }
  return requests;
}

Result<std::vector<Event>> adoption_words(const DesiredState& desired,
                                          const RecordedState& recorded,
                                          const std::vector<AdoptionRequest>& requests,
                                          const std::string& why) {
  std::vector<Event> events;
  std::vector<Problem> problems;
  std::set<Address> seen;
  for (const AdoptionRequest& request : requests) {
    if (!seen.insert(request.address).second) {
      problems.push_back(at(request, fmt::format("'{}' is named twice", request.address.text())));
    } else if (auto problem = problem_with(request, desired, recorded)) {
      problems.push_back(*std::move(problem));
    } else {
      const DesiredPackage& package = desired.packages.at(request.address);
      events.push_back(
          PackageAdopted{package.identity, package.depends_on, package.abilities, why});
    }
  }
  if (!problems.empty()) return error_of(problems);
  return events;
}

}  // namespace cemli
