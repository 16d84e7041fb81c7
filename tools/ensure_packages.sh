#!/usr/bin/env bash
# Installs the Debian packages of tools/packages.txt that are missing; does nothing when none is.
set -euo pipefail

list="$(cd "$(dirname "$0")" && pwd)/packages.txt"
missing=()
while read -r name _ purpose; do
  case "$name" in '' | '#'*) continue ;; esac
  # shellcheck disable=SC2016  # dpkg-query expands ${Status}
  status=$(dpkg-query -W -f='${Status}' "$name" 2>/dev/null || true)
  if [ "$status" != "install ok installed" ]; then
    missing+=("$name")
    echo "missing package: $name ($purpose)" >&2
  fi
done <"$list"
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "error: this system has no apt-get; install what corresponds to the packages above" >&2
  echo "       (versions known to work: $list)" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "error: installing needs root. Run as root:" >&2
    echo "  apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "installing: ${missing[*]}" >&2
# An index that cannot be refreshed matters only if a package is then missing.
"${as_root[@]}" apt-get update -qq || true
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
