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

sha256sum --check --quiet SHA256SUMS
find recorded -type f | while read -r file; do grep -qF "  $file" SHA256SUMS || echo "in no list: $file"; done
grep '  recorded/[^/]*/log/' SHA256SUMS | while read -r sum file; do grep -qF "\"prev\":\"$sum\"" recorded/*/log/*.json || echo "$sum $file"; done
find recorded -name '*.json' -exec cat {} + | tr -d ' \n' > all.json
grep -E '  recorded/[^/]*/(runs|approvals|approved)/' SHA256SUMS | while read -r sum file; do name=${file##*/}; grep -qF -e "\"key\":\"${file#recorded/}\",\"sha256\":\"$sum\"" -e "\"${name%.json}\":\"$sum\"" all.json || echo "not named: $file"; done

The first two print nothing if every file is listed and has its listed digest. The third prints one line,
the newest entry with its digest: every other entry is named in the entry after it. Compare it with a head
of the log that reached you in another way: if it is the same, no entry since the run's start was changed,
left out or added. The last two print nothing if each piece of evidence is named in what the head vouches
for.

Who signed what, if there are signatures, by the signers that the run's rules name and at its time:

signers=$(ls recorded/*/runs/*/allowed_signers)
revoked=$(ls recorded/*/runs/*/revoked_keys 2>/dev/null)
time=$(basename recorded/*/runs/* | cut -c1-15 | tr -d T)Z
for sig in signatures/*/*.sig; do
  kind=$(basename "$(dirname "$sig")"); kind=${kind%s}; file=${sig%.sig}.json
  [ "$kind" != approval ] || file=$(echo recorded/*/approvals/"${file##*/}")
  who=$(ssh-keygen -Y find-principals -f "$signers" -s "$sig" -Overify-time="$time" | head -n 1)
  echo "$file: $(ssh-keygen -Y verify -f "$signers" ${revoked:+-r "$revoked"} -I "$who" -n "cemli-$kind" -s "$sig" -Overify-time="$time" < "$file" 2>&1)"
done
find signatures -path '*/packages/*.json' | while read -r file; do content=$(grep -o '"content_digest":"[0-9a-f]*"' "$file" | cut -d'"' -f4); grep -qF "\"content\":\"$content\"" all.json || echo "did not run: $file"; done
find signatures -path '*/heads/*.json' | while read -r file; do entry=$(tr -d ' \n' < "$file" | grep -o '"entry":"[0-9a-f]*"' | cut -d'"' -f4); grep "^$entry  " SHA256SUMS || echo "not in the log: $file"; done

The loop says for each signature whose it is: Good "cemli-approval" signature for jane@example.com. The line
after it prints nothing if each signed package is one that ran, and the last one the entry whose head was
signed.
)readme";

}  // namespace cemli
