#include "state/store/oci_regions.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "state/base/ascii.h"
#include "state/base/file.h"
#include "state/base/parse_json.h"

namespace cemli {
namespace {

struct Realm {
  std::string_view domain;
  std::string_view regions;  ///< `KEY=ID`, with spaces between them
};

constexpr auto kRealms = std::to_array<Realm>({
    {"oraclecloud.com",
     "yny=ap-chuncheon-1 hyd=ap-hyderabad-1 mel=ap-melbourne-1 bom=ap-mumbai-1 "
     "kix=ap-osaka-1 icn=ap-seoul-1 syd=ap-sydney-1 nrt=ap-tokyo-1 yul=ca-montreal-1 "
     "yyz=ca-toronto-1 ams=eu-amsterdam-1 fra=eu-frankfurt-1 zrh=eu-zurich-1 "
     "jed=me-jeddah-1 dxb=me-dubai-1 gru=sa-saopaulo-1 cwl=uk-cardiff-1 "
     "lhr=uk-london-1 iad=us-ashburn-1 phx=us-phoenix-1 sjc=us-sanjose-1 "
     "vcp=sa-vinhedo-1 scl=sa-santiago-1 mtz=il-jerusalem-1 mrs=eu-marseille-1 "
     "sin=ap-singapore-1 auh=me-abudhabi-1 lin=eu-milan-1 arn=eu-stockholm-1 "
     "jnb=af-johannesburg-1 cdg=eu-paris-1 qro=mx-queretaro-1 mad=eu-madrid-1 "
     "ord=us-chicago-1 mty=mx-monterrey-1 aga=us-saltlake-2 bog=sa-bogota-1 "
     "vap=sa-valparaiso-1 xsp=ap-singapore-2 ruh=me-riyadh-1 onm=ap-delhi-1 "
     "hsg=ap-batam-1 orf=eu-madrid-3 nrq=eu-turin-1 jbp=ap-kulai-2 "
     "lej=af-casablanca-1"},
    {"oraclegovcloud.com", "lfi=us-langley-1 luf=us-luke-1"},
    {"oraclegovcloud.com", "ric=us-gov-ashburn-1 pia=us-gov-chicago-1 tus=us-gov-phoenix-1"},
    {"oraclegovcloud.uk", "ltn=uk-gov-london-1 brs=uk-gov-cardiff-1"},
    {"oraclecloud8.com", "nja=ap-chiyoda-1 ukb=ap-ibaraki-1"},
    {"oraclecloud9.com", "mct=me-dcc-muscat-1 ibr=me-ibri-1"},
    {"oraclecloud10.com", "wga=ap-dcc-canberra-1"},
    {"oraclecloud14.com",
     "bgy=eu-dcc-milan-1 mxp=eu-dcc-milan-2 snn=eu-dcc-dublin-2 dtm=eu-dcc-rating-2 "
     "dus=eu-dcc-rating-1 ork=eu-dcc-dublin-1"},
    {"oraclecloud15.com", "dac=ap-dcc-gazipur-1"},
    {"oraclecloud.eu", "vll=eu-madrid-2 str=eu-frankfurt-2"},
    {"oraclecloud20.com", "beg=eu-jovanovac-1"},
    {"oraclecloud21.com", "doh=me-dcc-doha-1 vve=me-alrayyan-1"},
    {"oraclecloud23.com", "ebb=us-somerset-1 ebl=us-thames-1"},
    {"oraclecloud24.com", "avz=eu-dcc-zurich-1 avf=eu-crissier-1"},
    {"oraclecloud26.com", "ahu=me-abudhabi-3 rba=me-alain-1"},
    {"oraclecloud29.com", "rkt=me-abudhabi-2 shj=me-abudhabi-4"},
    {"oraclecloud35.com", "dtz=ap-seoul-2 dln=ap-suwon-1 bno=ap-chuncheon-2"},
    {"oraclecloud42.com", "yxj=us-ashburn-2 pgc=us-newark-1"},
    {"oraclecloud51.com", "jsk=eu-budapest-1"},
    {"oraclecloud52.com", "hnw=sa-riodejaneiro-1"},
});

std::optional<OciRegion> built_in(const std::string& name) {
  for (const Realm& realm : kRealms) {
    for (std::string_view rest = realm.regions; !rest.empty();) {
      const std::string_view pair = take_until(rest, ' ');
      const std::size_t equals = pair.find('=');
      const std::string_view id = pair.substr(equals + 1);
      if (name == pair.substr(0, equals) || name == id)
        return OciRegion{std::string(id), std::string(realm.domain)};
    }
  }
  return std::nullopt;
}

std::string member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  const bool is_text = found != object.end() && found->is_string();
  return is_text ? lower_case(found->get<std::string>()) : std::string();
}

/// Of one description as Oracle publishes them; incomplete ones describe nothing.
std::optional<OciRegion> described(const nlohmann::json& object, const std::string& name) {
  if (!object.is_object()) return std::nullopt;
  const std::string id = member(object, "regionIdentifier");
  const std::string domain = member(object, "realmDomainComponent");
  const bool is_meant = !id.empty() && (id == name || member(object, "regionKey") == name);
  if (!is_meant || domain.empty()) return std::nullopt;
  return OciRegion{id, domain};
}

/// In `~/.oci/regions-config.json`, an array of descriptions.
Result<std::optional<OciRegion>> in_file(const std::string& name, const Variables& variables) {
  const std::string path = variables("HOME").value_or("") + "/.oci/regions-config.json";
  const auto text = read_file(path);
  if (!text) return std::optional<OciRegion>();
  auto json = parse_json(*text);
  if (!json) return std::move(json).error().while_doing(path);
  if (json->is_array()) {
    for (const nlohmann::json& object : *json) {
      if (auto region = described(object, name)) return region;
    }
  }
  return std::optional<OciRegion>();
}

Result<std::optional<OciRegion>> in_environment(const std::string& name,
                                                const Variables& variables) {
  const auto text = variables("OCI_REGION_METADATA");
  if (!text) return std::optional<OciRegion>();
  auto json = parse_json(*text);
  if (!json) return std::move(json).error().while_doing("OCI_REGION_METADATA");
  return described(*json, name);
}

std::string endpoint(std::string_view service, const OciRegion& region, std::string_view between) {
  if (region.domain.empty()) return fmt::format("https://{}.{}", service, region.id);
  return fmt::format("https://{}.{}.{}{}", service, region.id, between, region.domain);
}

}  // namespace

Result<OciRegion> find_oci_region(std::string_view name, const Variables& variables) {
  const std::string wanted = lower_case(name);
  const bool is_plain =
      wanted.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos;
  if (wanted.empty() || !is_plain) {
    return Error(ErrorCode::invalid_input, fmt::format("'{}' is not the name of a region", name))
        .with_hint("regions are named like eu-frankfurt-1");
  }
  if (wanted.find('.') != std::string::npos) return OciRegion{wanted, ""};
  if (auto region = built_in(wanted)) return *std::move(region);
  for (const auto& look : {&in_file, &in_environment}) {
    auto found = look(wanted, variables);
    if (!found) return std::move(found).error();
    if (*found) return **std::move(found);
  }
  return OciRegion{wanted, variables("OCI_DEFAULT_REALM").value_or("oraclecloud.com")};
}

std::string oci_object_storage_endpoint(const OciRegion& region) {
  return endpoint("objectstorage", region, "");
}

std::string oci_auth_endpoint(const OciRegion& region) {
  return endpoint("auth", region, "");
}

std::string oci_secrets_endpoint(const OciRegion& region) {
  return endpoint("secrets.vaults", region, "oci.");
}

}  // namespace cemli
