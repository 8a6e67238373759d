#!/bin/sh
# Installs VirtuSoul Router from a release: the folder beside this script, another folder, or an address. Nothing is
# installed whose SHA-256 is not in the release's SHA256SUMS.
#
#   sh install.sh [--from FOLDER|http(s)://ADDRESS] [--prefix /usr/local] [--service]
#
# --service (Linux, as root) installs the systemd unit too, and does not start it.
set -eu

say() { printf '%s\n' "$*"; }
fail() { printf 'Cannot install: %s\n' "$*" >&2; exit 1; }

from=$(dirname "$0")
prefix=/usr/local
service=no
while [ $# -gt 0 ]; do
  case $1 in
    --from) [ $# -gt 1 ] || fail "--from needs a folder or an address"; from=$2; shift 2 ;;
    --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder"; prefix=$2; shift 2 ;;
    --service) service=yes; shift ;;
    -h|--help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "\"$1\" is not known: see --help" ;;
  esac
done

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) fail "there is no release for $(uname -s); on Windows unpack the .zip" ;;
esac
case $(uname -m) in
  x86_64|amd64) machine=x64 ;;
  aarch64|arm64) machine=arm64 ;;
  *) fail "there is no release for $(uname -m)" ;;
esac
# Where glibc's loader is missing and musl's is there, the program for glibc would not start.
libc=
if [ "$system" = linux ] && ! ls /lib*/ld-linux-* >/dev/null 2>&1 && ls /lib/ld-musl-* >/dev/null 2>&1; then
  libc=-musl
fi
kind=$system-$machine$libc

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# fetch NAME: into the work folder.
fetch() {
  case $from in
    http://*|https://*)
      if command -v curl >/dev/null 2>&1; then
        curl -fsSL -o "$work/$1" "${from%/}/$1" || fail "${from%/}/$1 cannot be fetched"
      elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$work/$1" "${from%/}/$1" || fail "${from%/}/$1 cannot be fetched"
      else
        fail "neither curl nor wget is there: fetch the release yourself and use --from FOLDER"
      fi ;;
    *)
      [ -f "$from/$1" ] || fail "\"$from\" holds no $1"
      cp "$from/$1" "$work/$1" ;;
  esac
}

sum_of() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256 "$1" | cut -d ' ' -f 1
  elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
  else fail "no tool here can compute a SHA-256"
  fi
}

# fetch_checked NAME: the file is what the sums say, or nothing goes on.
fetch_checked() {
  fetch "$1"
  expected=$(awk -v name="$1" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
  [ -n "$expected" ] || fail "SHA256SUMS does not name $1"
  found=$(sum_of "$work/$1")
  [ "$found" = "$expected" ] || fail "$1 is not what was released: its SHA-256 is $found, not $expected"
}

if [ "$service" = yes ]; then
  [ "$system" = linux ] || fail "--service is for Linux"
  [ "$(id -u)" = 0 ] || fail "--service needs root"
fi
fetch SHA256SUMS
archive=$(awk -v end="-$kind.tar.gz" \
  'length($2) > length(end) && substr($2, length($2) - length(end) + 1) == end { print $2 }' "$work/SHA256SUMS" | head -n 1)
[ -n "$archive" ] || fail "this release has no file for $kind"
case $archive in */*) fail "SHA256SUMS names a path: $archive" ;; esac
fetch_checked "$archive"
if [ "$service" = yes ]; then fetch_checked virtusoul-router.service; fi

tar -xzf "$work/$archive" -C "$work"
folder=$work/${archive%.tar.gz}
share=$prefix/share/virtusoul-router
mkdir -p "$prefix/bin" "$share"
# Beside and renamed: a router that runs keeps its file, and nobody ever sees a half.
cp "$folder/virtusoul-router" "$prefix/bin/.virtusoul-router.new"
chmod 755 "$prefix/bin/.virtusoul-router.new"
# Bun signs what it builds for Apple's own processors; for Intel's the runtime's old signature is left, which no longer fits.
if [ "$kind" = macos-x64 ]; then codesign --force --sign - "$prefix/bin/.virtusoul-router.new"; fi
mv -f "$prefix/bin/.virtusoul-router.new" "$prefix/bin/virtusoul-router"
for name in LICENSE NOTICE README.md .env.example virtusoul-router.cdx.json; do
  cp "$folder/$name" "$share/$name"
done
say "$("$prefix/bin/virtusoul-router" --version): $prefix/bin/virtusoul-router"

if [ "$service" = yes ]; then
  if ! id virtusoul-router >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin virtusoul-router
  fi
  mkdir -p /etc/virtusoul-router
  if [ ! -f /etc/virtusoul-router/.env ]; then
    (umask 077 && cp "$share/.env.example" /etc/virtusoul-router/.env)
    chown root:virtusoul-router /etc/virtusoul-router/.env
    chmod 640 /etc/virtusoul-router/.env
  fi
  sed "s|/usr/local/bin/virtusoul-router|$prefix/bin/virtusoul-router|" "$work/virtusoul-router.service" \
    > /etc/systemd/system/virtusoul-router.service
  say "Write your settings into /etc/virtusoul-router/.env, then: systemctl enable --now virtusoul-router"
fi
