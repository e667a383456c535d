// Prints what cemli asks of the tests' GitHub and is answered, one JSON object a line: everything
// that it can ask, and refusals of each kind.
#include <iostream>
#include <nlohmann/json.hpp>

#include "reconciler/forge/forge.h"
#include "tests/support/forge_server.h"

namespace {

using namespace std::chrono_literals;
using cemli::test::ForgeServer;

constexpr const char* kMarker = "<!-- cemli plan -->";

std::unique_ptr<cemli::Forge> client_of(const ForgeServer& server, const std::string& token) {
  return cemli::make_forge({cemli::ForgeKind::github, server.api(), ForgeServer::kRepository},
                           {std::make_shared<cemli::HttpClient>(cemli::HttpSettings{}),
                            {"Authorization", "Bearer " + token},
                            [](std::chrono::milliseconds) {}});
}

/// What came of it is in the exchanges.
template <typename T>
void done(const cemli::Result<T>& result) {
  if (!result) std::cerr << "refused, as it should be: " << result.error().message() << '\n';
}

void drive(ForgeServer& server) {
  server.set_page_size(2);
  for (int i = 0; i < 3; ++i) server.comment_as({9, "jane"}, "comment");
  const auto forge = client_of(server, ForgeServer::kToken);
  for (const char* text : {"one", "two", "two"})
    done(
        forge->write_comment({ForgeServer::kRequest, kMarker, std::string(kMarker) + "\n" + text}));
  done(forge->write_comment({8, kMarker, kMarker}));
  done(forge->write_comment({ForgeServer::kRequest, "another", std::string(70'000, 'x')}));
  done(client_of(server, "wrong")->write_comment({ForgeServer::kRequest, kMarker, kMarker}));
  for (const char* title : {"Promote", "Promote again", ""})
    done(forge->open_request({title, "text", "promote/prod", "main"}));
}

}  // namespace

int main() {
  std::vector<nlohmann::json> exchanges;
  for (const auto token : {ForgeServer::Token::of_user, ForgeServer::Token::of_workflow}) {
    ForgeServer server(ForgeServer::Kind::github, token);
    drive(server);
    for (nlohmann::json& exchange : server.exchanges()) exchanges.push_back(std::move(exchange));
  }
  for (const nlohmann::json& exchange : exchanges) std::cout << exchange.dump() << '\n';
  return 0;
}
