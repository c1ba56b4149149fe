#!/bin/bash
# Sets this machine and this checkout up: checks what must be there, installs what is missing, makes .venv.
# Run by every `make` target; `dev/setup.sh --uv` prints the path of uv. What was done is stamped by content, so that a run with nothing to do costs a moment.
# Package sources are those that apt, pip and uv are configured with on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kafka-platform
log=$cache/log/setup.log

say() { echo "set-up: $*"; }

# Runs a command with its output in the log; a failure shows the end of it.
logged() {
  echo "$ $*" >>"$log"
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    {
      say "this failed: $*"
      tail -n 20 "$log"
      echo "The whole log is $log."
    } >&2
    exit 1
  fi
}

content_key() { cat "$@" | if type -P sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-16; }

# True when the version in $1 is at least the one in $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

go_version() { go env GOVERSION 2>/dev/null | sed 's/^go//'; }
jdk_version() { jlink --version 2>/dev/null; }

# Names every missing prerequisite with its install line, before anything is installed.
check_prerequisites() {
  local missing=()
  if ! command -v go >/dev/null || ! at_least "$(go_version)" 1.26; then
    missing+=("Go 1.26 or newer: tar -C /usr/local -xzf go1.26.*.linux-amd64.tar.gz (from the Go project's download page), then export PATH=\$PATH:/usr/local/go/bin")
  fi
  if ! command -v jlink >/dev/null || ! at_least "$(jdk_version)" 17; then
    missing+=("JDK 17 or newer: apt-get install openjdk-17-jdk-headless")
  fi
  if ! command -v mvn >/dev/null; then
    missing+=("Maven: apt-get install maven")
  fi
  if ! python3.11 -c 'import ensurepip, venv' 2>/dev/null; then
    missing+=("Python 3.11 with venv: apt-get install python3.11 python3.11-venv")
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    {
      say "missing on this machine (nothing was installed yet):"
      printf '  %s\n' "${missing[@]}"
    } >&2
    exit 1
  fi
}

# Prints the packages of dev/packages.txt whose program is not there. They are for the local cluster, which is Linux only.
missing_packages() {
  [ "$(uname -s)" = Linux ] || return 0
  local package program
  while read -r package program _; do
    case $package in '' | '#'*) continue ;; esac
    case $program in
      /*) [ -e "$program" ] || echo "$package" ;;
      *) command -v "$program" >/dev/null || echo "$package" ;;
    esac
  done <dev/packages.txt
}

install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "these packages need root or sudo to be installed: $*" >&2; exit 1; }
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null || { say "no apt-get here; install these yourself: $*" >&2; exit 1; }
  say "installing the packages $*"
  logged ${as_root[@]+"${as_root[@]}"} apt-get update
  logged ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Installs the pinned uv from PyPI; prints where it is.
bootstrap_uv() {
  local target
  target=$cache/uv-$(content_key dev/bootstrap.txt)
  if [ ! -x "$target/uv" ]; then
    say "installing uv" >&2
    rm -rf "$target.partial"
    logged python3.11 -m venv "$target.partial"
    logged "$target.partial/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
      --require-hashes --only-binary :all: -r dev/bootstrap.txt
    mkdir -p "$target"
    mv "$target.partial/bin/uv" "$target/uv"
    rm -rf "$target.partial"
  fi
  echo "$target/uv"
}

make_environment() {
  local uv
  uv=$(bootstrap_uv)
  export UV_PYTHON_DOWNLOADS=never
  # uv does not read pip's configuration: hand its index on, unless uv has one of its own.
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    local index
    index=${PIP_INDEX_URL:-$(python3.11 -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX=$index
  fi
  say "making .venv from requirements.lock"
  if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    logged "$uv" venv --clear --python "$(command -v python3.11)" .venv
  fi
  # Compiled once here: every `pulumi` starts two processes that would each spend seconds on it where nothing keeps it.
  logged "$uv" pip sync --require-hashes --compile-bytecode --python .venv/bin/python requirements.lock
  # The project as an installed package: everything that runs in this environment finds its modules.
  echo "$PWD" >"$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/kafka-platform.pth"
}

if [ "${1:-}" = --uv ]; then
  mkdir -p "$cache/log"
  bootstrap_uv
  exit 0
fi

# Nothing to do: the environment was made from these very files, here, and every program is there.
wanted=$(content_key dev/setup.sh dev/bootstrap.txt requirements.lock <(echo "$PWD"))
is_set_up() {
  [ "$(cat .venv/.set-up 2>/dev/null)" = "$wanted" ] && [ -x .venv/bin/python ] && [ -z "$(missing_packages)" ] &&
    type -P go jlink mvn python3.11 >/dev/null
}

is_set_up && exit 0
check_prerequisites
mkdir -p "$cache/log"
exec 9>"$cache/.setup.lock"
if type -P flock >/dev/null; then flock 9; fi
is_set_up && exit 0
: >"$log"
started=$SECONDS
packages=$(missing_packages)
# shellcheck disable=SC2086 # package names are words
[ -z "$packages" ] || install_packages $packages
[ "$(cat .venv/.set-up 2>/dev/null)" = "$wanted" ] && [ -x .venv/bin/python ] || make_environment
echo "$wanted" >.venv/.set-up
say "done in $((SECONDS - started)) s"
