#!/usr/bin/env bash
# Unpacks the libraries that the armhf build needs, or other armhf packages, into a folder of their own:
#   tools/armhf_sysroot.sh FOLDER [PACKAGE...]
# apt runs with a private configuration that knows only armhf: the host's list of architectures and
# its installed packages stay as they are (installing the :armhf -dev packages would remove the
# native ones). The archive is the Debian one that the host's own sources name.
set -euo pipefail

if [ $# -lt 1 ]; then
  echo "usage: $0 FOLDER [PACKAGE...]" >&2
  exit 2
fi
mkdir -p "$1"
sysroot=$(cd "$1" && pwd)

# Header-only ones are here too: the cross build looks for packages in this folder only.
packages=(libyaml-cpp-dev libfmt-dev libflatbuffers-dev libcli11-dev nlohmann-json3-dev libeigen3-dev
  libgtest-dev libgmock-dev)
if [ $# -gt 1 ]; then packages=("${@:2}"); fi
stamp="$sysroot/.unpacked"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "${packages[*]}" ]; then
  exit 0
fi
for tool in apt-get dpkg awk; do
  if ! command -v "$tool" >/dev/null; then
    echo "error: $tool is missing; the armhf libraries come from Debian packages" >&2
    exit 1
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources.list.d" "$work/debs"
: >"$work/status"
: >"$work/sources.list"

# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
if [ -z "$codename" ]; then
  echo "error: /etc/os-release names no VERSION_CODENAME; expected a Debian release" >&2
  exit 1
fi
# Of the host's sources only the release itself counts: other archives have no armhf.
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$file" ] || continue
  sed -E 's/arch=[^] ]*//; s/\[ *\]//' "$file" |
    awk -v release="$codename" '$1 == "deb" {
      for (i = 2; i <= NF; ++i)
        if ($i == release || $i == release "-updates" || $i == release "-security") found = 1
      if (found) print
      found = 0
    }' >>"$work/sources.list"
done
for file in /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  sed '/^#/d; /^Architectures:/d' "$file" |
    awk -v release="$codename" 'BEGIN { RS = ""; ORS = "\n\n" }
      $0 ~ "Suites:[^\n]*(^|[ \t])" release "([- \t\n]|$)"' \
      >"$work/sources.list.d/$(basename "$file")"
done
if [ ! -s "$work/sources.list" ] && ! cat "$work"/sources.list.d/* 2>/dev/null | grep -q .; then
  echo "error: the host's apt sources name no archive of '$codename'" >&2
  exit 1
fi

cat >"$work/apt.conf" <<CONF
APT::Architecture "armhf";
APT::Architectures { "armhf"; };
APT::Sandbox::User "";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "$work/sources.list.d";
Dir::State "$work";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work/cache";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
export APT_CONFIG="$work/apt.conf"

echo "fetching armhf packages: ${packages[*]}" >&2
# An index that cannot be read (a mirror in the middle of its synchronisation) matters only if a
# package is missing because of it.
apt-get update -qq >"$work/log" 2>&1 || true
if ! (cd "$work/debs" && apt-get download -qq "${packages[@]}") >>"$work/log" 2>&1; then
  cat "$work/log" >&2
  echo "error: apt-get could not fetch the armhf packages; is the Debian archive reachable?" >&2
  exit 1
fi
rm -f "$stamp"
for deb in "$work"/debs/*.deb; do
  dpkg -x "$deb" "$sysroot"
done
printf '%s' "${packages[*]}" >"$stamp"
