#pragma once

#include <string_view>

namespace cemli {

/// What an export says of itself: the same lines as docs/audit.md.
inline constexpr std::string_view kExportReadme =
    R"readme(This is the record of one run, as cemli wrote it; export.json says of which.

  recorded/*/log/    the log's entries, from the run's start to the newest at the time of the export
  recorded/*/runs/   the run's evidence: its plan, the rules that it was judged by with the files that
                     they name, its result, and what came of each package
  recorded/*/approvals/, recorded/*/approved/
                     what approvers signed, and the plans that were shown to them
  signatures/        signatures of approvals, of packages that ran, and of a head of the log
  unnamed/           what attempts that were cut short left behind; it proves nothing

To check it, type these lines in this folder:

find . ! -type f ! -type d; find . -type f | grep -v '^[A-Za-z0-9._/%+-]*$'
find recorded -type f | grep -vE '^recorded/[^/]*/(log/[0-9]*[.]json|runs/[^/]*/.*|(approvals|approved)/[^/]*[.]json)$'
sha256sum --check --quiet SHA256SUMS
sed 's/^[^ ]*  //' SHA256SUMS | sort > listed; find recorded -type f | sort | comm -3 - listed
grep '  recorded/[^/]*/log/' SHA256SUMS | while read -r sum file; do grep -qF "\"prev\":\"$sum\"" recorded/*/log/*.json || echo "$sum $file"; done
find recorded -name '*.json' -exec cat {} + | tr -d ' \n' > all.json
grep -E '  recorded/[^/]*/(runs|approvals|approved)/' SHA256SUMS | grep -vE '/(policy[.]json|allowed_signers|revoked_keys)$' | while read -r sum file; do grep -qF "\"key\":\"${file#recorded/}\",\"sha256\":\"$sum\"" all.json || echo "not named: $file"; done
for file in recorded/*/runs/*/policy.json; do sum=$(sha256sum < "$file" | cut -c1-64); run=$(basename "$(dirname "$file")"); grep -qE "\"type\":\"run.started\",\"run\":\"$run\",\"commit\":[^,]*,\"desired\":\"[0-9a-f]*\",\"policy\":\"$sum\"" recorded/*/log/*.json || echo "not named: $file"; done
find recorded -name allowed_signers -o -name revoked_keys | while read -r file; do sum=$(sha256sum < "$file" | cut -c1-64); grep -qE "[{,]\"${file##*/}\":\"$sum\"[,}]" "${file%/*}/policy.json" || echo "not named: $file"; done

All of them but one print nothing, if there is nothing but plain files, each is in its place, all have
their listed digests, and each piece of evidence is named in an entry, or in what an entry names. The one
that looks for "prev" prints a line: the newest entry with its digest, as every other entry is named in the
entry after it. Compare that with a head of the log that reached you in another way: if it is the same, no
entry since the run's start was changed, left out or added.

Where there are signatures, these lines, after those above, say whose they are: by the signers that the
run's rules name, at the time of the run.

run=$(basename recorded/*/runs/*)
time=$(echo "$run" | cut -c1-15 | tr -d T)Z
signers=$(find recorded -name allowed_signers)
revoked=$(find recorded -name revoked_keys)
check() { # check NAMESPACE SIGNATURE FILE: says who signed the file
  said=$(ssh-keygen -Y find-principals -f "${signers:-/dev/null}" -s "$2" -Overify-time="$time" 2>/dev/null | grep -v '[*?!]' |
    while read -r who; do
      good=$(ssh-keygen -Y verify -f "$signers" ${revoked:+-r "$revoked"} -I "$who" -n "$1" -s "$2" -Overify-time="$time" < "$3" 2>/dev/null) || continue
      printf '%s' "$good"; break
    done)
  printf '%s: %s\n' "$3" "${said:-NOT SIGNED by anybody who may}"
}
find recorded -path '*/approvals/*.json' | while read -r file; do check cemli-approval "signatures/approvals/$(basename "$file" .json).sig" "$file"; done
find signatures -path '*/packages/*.json' | while read -r file; do check cemli-package "${file%.json}.sig" "$file"; done
find signatures -path '*/heads/*.json' | while read -r file; do check cemli-head "${file%.json}.sig" "$file"; done
find recorded -path '*/approvals/*.json' | while read -r file; do tr -d ' \n' < "$file" > one; grep -qF "$(grep -o '"log":"[^"]*"' one)" recorded/*/log/*.json || echo "of another log: $file"; find recorded -path '*/approved/*.json' -exec cat {} + | tr -d ' \n' | grep -qF "\"digest\":$(grep -o '"plan":"[0-9a-f]*"' one | cut -d: -f2)" || echo "no such plan was shown: $file"; done
find signatures -path '*/packages/*.json' | while read -r file; do content=$(grep -o '"content_digest":"[0-9a-f]*"' "$file" | cut -d'"' -f4); grep -qF "\"content\":\"$content\"" recorded/*/log/*.json || echo "did not run: $file"; done
grep -h "\"writer\":{\"run\":\"$run\"" recorded/*/log/*.json | grep -o '"content":"[0-9a-f]*"' | sort -u | cut -d'"' -f4 | while read -r content; do grep -rqF "\"content_digest\":\"$content\"" signatures || echo "ran, and is not signed: content $content"; done
find signatures -path '*/heads/*.json' | while read -r file; do entry=$(tr -d ' \n' < "$file" | grep -o '"entry":"[0-9a-f]*"' | cut -d'"' -f4); grep "^$entry  " SHA256SUMS || echo "not in the log: $file"; done

Each approval, package and head gets a line: Good "cemli-approval" signature for jane@example.com. Of the
others the last prints the entry whose head was signed; what else is printed says what is wrong.
)readme";

}  // namespace cemli
