# For the scripts beside it: makes fresh samples of what the core seals, and counts what held.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../../.." && pwd)
work="$SLUICEGATE_CACHE/interop/$(basename "$here")"
samples=$(mktemp -d)
trap 'rm -rf "$samples"' EXIT
passed=0 failed=0

# The core's own test writes them. --workspace, as the build before: a narrower one compiles most crates again.
fresh_samples() {
    (cd "$repo" && SLUICEGATE_SAMPLES="$samples" cargo test --quiet --workspace --lib payload::sample) >"$samples/log" 2>&1 ||
        { cat "$samples/log"; exit 1; }
}

# Whether the stamp of what is installed in $work is that of these files; else a fresh folder.
is_installed() {
    stamp=$(cat "$@" | cksum)
    [ -f "$work/stamp" ] && [ "$(cat "$work/stamp")" = "$stamp" ] && return 0
    rm -rf "$work" && mkdir -p "$work"
    return 1
}

# holds WHAT COMMAND...: the command succeeds. refuses WHAT COMMAND...: it does not.
holds() {
    what=$1 && shift
    if "$@" >"$samples/said" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED  $what" && cat "$samples/said"; fi
}
refuses() {
    what=$1 && shift
    if "$@" >"$samples/said" 2>&1; then failed=$((failed + 1)) && echo "FAILED  $what is accepted"; else passed=$((passed + 1)); fi
}

# Samples in which one part was exchanged, for `refuses`.
altered_samples() {
    python3 - "$samples" <<'END'
import json, sys

folder = sys.argv[1]
sample = json.load(open(f"{folder}/sample-p256.json", encoding="utf-8"))


def altered(name, **parts):
    with open(f"{folder}/altered-{name}.json", "w", encoding="utf-8") as file:
        json.dump({**sample, **parts}, file)


def flipped(part):
    parts = sample["jwe"].split(".")
    text = parts[part]
    parts[part] = ("B" if text[0] == "A" else "A") + text[1:]
    return ".".join(parts)


for part, name in enumerate(["header", "key", "iv", "text", "tag"]):
    if name != "key":
        altered(name, jwe=flipped(part))
altered("controller", controller_jwk=sample["signer_jwk"])
altered("party", party="another")
altered("late", now=sample["now"] + 10 * 365 * 86400)
altered("claims", claims={**sample["claims"], "nonce": "another"})
END
}

done_counting() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
