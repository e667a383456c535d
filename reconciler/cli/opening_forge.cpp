#include "reconciler/cli/opening_forge.h"

#include <thread>
#include <utility>

#include "reconciler/cli/opening_stores.h"
#include "reconciler/desired/remote_repository.h"
#include "state/base/file.h"

namespace cemli {

Result<OpenedForge> open_forge(const GlobalOptions& options, const GitRepository& repository,
                               const ForgeChoice& choice) {
  const Variables variables = environment_variable;
  ForgeClues clues{variables};
  if (const auto path = variables("GITHUB_EVENT_PATH")) {
    // It tells the request's number, which GITHUB_REF or --request may tell, too.
    if (auto event = read_file(*path)) clues.event = *std::move(event);
  }
  clues.remote = is_remote_repository(options.repository) ? options.repository
                                                          : repository.remote_address("origin");
  auto place = find_forge(choice, clues);
  if (!place) return std::move(place).error();
  auto token = find_forge_token(place->kind, variables);
  if (!token) return std::move(token).error();
  // A token is sent over an encrypted connection, whatever is allowed for stores.
  HttpSettings settings;
  settings.ca_bundle = variables("CEMLI_CA_BUNDLE");
  ForgeSurroundings surroundings{
      std::make_shared<HttpClient>(settings), *std::move(token),
      [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }};
  auto forge = make_forge(*place, std::move(surroundings));
  return OpenedForge{*std::move(place), std::move(forge)};
}

}  // namespace cemli
