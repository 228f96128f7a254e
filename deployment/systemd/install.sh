#!/usr/bin/env bash
# Installs person-service under systemd, upgrades it, or takes it away. See --help.
set -euo pipefail

readonly UNIT=cim-domain-person
readonly PROGRAM=/usr/local/bin/person-service
readonly UNIT_FILE=/etc/systemd/system/$UNIT.service
readonly DROP_INS=/etc/systemd/system/$UNIT.service.d
readonly SETTINGS=/etc/cim-person
readonly STATE=/var/lib/private/cim-person
readonly STATE_LINK=/var/lib/cim-person
# The first that can give notify sockets and credentials to a service with a root of its own.
readonly OLDEST_SYSTEMD=249
# A service that falls over does so early.
readonly STEADY_SECONDS=3

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
dry_run=false
timeout_seconds=60
jit=false

usage() {
  cat <<'END'
Installs person-service as the systemd unit cim-domain-person, or upgrades it: if
the new executable does not get ready, the old one is put back and runs again.

Usage: install.sh [--binary PATH] [--sha256 HEX] [--timeout SECONDS] [--dry-run]
       install.sh --uninstall [--purge] [--dry-run]

  --binary PATH      The executable. Default: dist/person-service of this checkout,
                     compiled if it isn't there
  --sha256 HEX       Its checksum. Default: that in PATH.sha256, if there is one
  --timeout SECONDS  How long the new executable may take to get ready (60)
  --uninstall        Stop and remove the service; settings and data stay
  --purge            Remove these, too
  --dry-run          Say what would be done, and do nothing; also where no systemd runs

No network is needed, and settings in /etc/cim-person are never overwritten.
Exit status: 0 done; 1 failed, and nothing changed or the old service is back;
2 bad usage.
END
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
bad_usage() {
  printf 'install.sh: %s; see --help\n' "$*" >&2
  exit 2
}

# Every change of the system goes through here.
change() {
  local what=$1
  shift
  if $dry_run; then
    say "would $what"
    return
  fi
  say "$what"
  "$@"
}

is_booted() { [[ -d /run/systemd/system ]]; }
property() { ! is_booted || systemctl show --property="$1" --value "$UNIT"; }
is_running() { [[ $(property ActiveState) =~ ^(active|activating|reloading)$ ]]; }

main() {
  local action=install binary='' sha256='' purge=false of_installation=''
  while (($# > 0)); do
    case $1 in
      --binary | --sha256 | --timeout)
        (($# > 1)) || bad_usage "$1 needs a value"
        of_installation=$1
        case $1 in
          --binary) binary=$2 ;;
          --sha256) sha256=$2 ;;
          --timeout) timeout_seconds=$2 ;;
        esac
        shift
        ;;
      --uninstall) action=uninstall ;;
      --purge) purge=true ;;
      --dry-run) dry_run=true ;;
      -h | --help) usage && exit 0 ;;
      *) bad_usage "unknown option \"$1\"" ;;
    esac
    shift
  done
  [[ $timeout_seconds =~ ^[0-9]+$ ]] || bad_usage "--timeout needs a whole number"
  ! $purge || [[ $action == uninstall ]] || bad_usage "--purge goes with --uninstall"
  [[ -z $of_installation || $action == install ]] || bad_usage "$of_installation does not go with --uninstall"
  if ! is_booted; then
    $dry_run || fail "systemd does not run here"
    say "systemd does not run here: this is what would be done where it does"
  fi
  $dry_run || ((EUID == 0)) || fail "must be run as root (or with --dry-run)"
  if [[ $action == uninstall ]]; then uninstall "$purge"; else install_or_upgrade "$binary" "$sha256"; fi
}

install_or_upgrade() {
  local binary=$1 sha256=$2
  ! is_booted || check_systemd
  binary=$(find_binary "$binary")
  if $dry_run && [[ ! -e $binary ]]; then
    say "would install what is compiled then; nothing can be said of it yet"
    return
  fi
  check_binary "$binary" "$sha256"
  if [[ ! -e $UNIT_FILE || ! -e $PROGRAM ]]; then
    put_settings
    put_files "$binary"
    if $dry_run; then return; fi
    say "Installed, and not started yet. Next:"
    say "  edit $SETTINGS/environment, above all NATS_URL"
    say "  systemctl enable --now $UNIT && systemctl status $UNIT"
  elif is_installed "$binary"; then
    put_settings
    say "Nothing to do: this executable and its unit are installed already"
  else
    put_settings
    upgrade "$binary"
  fi
}

check_systemd() {
  local version
  version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  ((version >= OLDEST_SYSTEMD)) || fail "systemd $version is too old; $OLDEST_SYSTEMD or newer is needed"
}

find_binary() {
  local binary=$1 root
  root=$(cd "$here/../.." && pwd)
  if [[ -z $binary ]]; then
    binary=$root/dist/person-service
    if [[ ! -e $binary ]]; then
      command -v deno >/dev/null ||
        fail "no executable here and no deno to compile one: give it with --binary"
      (cd "$root" && change "compile $binary" deno task compile) >&2 ||
        fail "the executable could not be compiled"
    fi
  elif [[ ! -f $binary ]]; then
    fail "--binary: there is no file \"$binary\""
  fi
  # A bare name would be looked for on the PATH when it is run.
  [[ $binary == */* ]] || binary=./$binary
  say "$binary"
}

# Fails before anything was changed.
check_binary() {
  local binary=$1 expected=$2 found version
  found=$(sha256sum "$binary" | cut -d ' ' -f 1)
  if [[ -z $expected && -f $binary.sha256 ]]; then
    expected=$(cut -d ' ' -f 1 "$binary.sha256")
  fi
  [[ -z $expected || $expected == "$found" ]] ||
    fail "\"$binary\" has the checksum $found, not $expected as it should"
  version=$(env -i timeout 20 "$binary" --version 2>/dev/null || true)
  [[ $version == person-service\ * ]] || fail "\"$binary\" does not run here: \"--version\" fails"
  [[ $version != *JIT\) ]] || jit=true
  say "$version, sha256 $found$([[ -n $expected ]] || printf ' (nothing to compare it with)')"
}

is_installed() {
  local binary=$1
  cmp --silent "$binary" "$PROGRAM" && cmp --silent "$here/$UNIT.service" "$UNIT_FILE" &&
    { if $jit; then [[ -e $DROP_INS/jit.conf ]]; else [[ ! -e $DROP_INS/jit.conf ]]; fi; }
}

put_settings() {
  [[ -d $SETTINGS ]] || change "make $SETTINGS" install -d -m 0755 "$SETTINGS"
  [[ -e $SETTINGS/environment ]] ||
    change "write $SETTINGS/environment, for root alone" \
      install -m 0600 "$here/environment.example" "$SETTINGS/environment"
}

put_files() {
  change "install $PROGRAM" put_program "$1"
  change "install $UNIT_FILE" install -m 0644 "$here/$UNIT.service" "$UNIT_FILE"
  if $jit; then
    change "install $DROP_INS/jit.conf, which allows the JIT" \
      install -D -m 0644 "$here/jit.conf" "$DROP_INS/jit.conf"
  elif [[ -e $DROP_INS/jit.conf ]]; then
    change "remove $DROP_INS/jit.conf" rm "$DROP_INS/jit.conf"
  fi
  change "reload systemd" systemctl daemon-reload
}

# Replaced in one step: the file of a running program can't be written to.
put_program() {
  install -m 0755 "$1" "$PROGRAM.new"
  cmp --silent "$1" "$PROGRAM.new" || fail "the copy \"$PROGRAM.new\" is not what was copied"
  mv -f "$PROGRAM.new" "$PROGRAM"
}

upgrade() {
  local binary=$1 was_running=false was_serving=false backup
  # After a failure it is meant to run, too.
  [[ $(property ActiveState) == inactive ]] || was_running=true
  [[ $(property StatusText) != Serving* ]] || was_serving=true
  if $dry_run; then
    put_files "$binary"
    if $was_running; then say "would restart $UNIT, and put everything back if it does not get ready"; fi
    return
  fi
  backup=$(mktemp -d)
  # The way back: its file is about to hold the executable that runs now.
  if [[ $binary -ef $PROGRAM.previous ]]; then
    cp -p "$binary" "$backup/person-service"
    binary=$backup/person-service
  fi
  cp -p --remove-destination "$PROGRAM" "$PROGRAM.previous"
  cp -p "$UNIT_FILE" "$backup/"
  [[ ! -e $DROP_INS/jit.conf ]] || cp -p "$DROP_INS/jit.conf" "$backup/"
  put_files "$binary"
  if ! $was_running; then
    say "Upgraded. $UNIT was not running and is not started"
  elif restart_and_wait "$was_serving"; then
    say "Upgraded: $(property StatusText)"
    say "The old executable is kept as $PROGRAM.previous"
  else
    say "The new executable does not get ready ($(property ActiveState), \"$(property StatusText)\"):"
    journalctl --unit="$UNIT" --no-pager --output=cat --lines=10 || true
    roll_back "$backup" "$was_serving"
  fi
  rm -rf "$backup"
}

roll_back() {
  local backup=$1 was_serving=$2
  say "Putting the old one back"
  mv -f "$PROGRAM.previous" "$PROGRAM"
  cp -p "$backup/$UNIT.service" "$UNIT_FILE"
  rm -f "$DROP_INS/jit.conf"
  [[ ! -e $backup/jit.conf ]] || install -D -m 0644 "$backup/jit.conf" "$DROP_INS/jit.conf"
  rm -rf "$backup"
  systemctl daemon-reload
  restart_and_wait "$was_serving" || fail "the old one does not get ready either: journalctl -u $UNIT"
  fail "not upgraded; the old one runs again: $(property StatusText)"
}

# Succeeds when the unit serves and goes on doing so, or waits for NATS as it did before.
restart_and_wait() {
  local was_serving=$1 deadline=$((SECONDS + timeout_seconds)) steady_from='' main_pid status
  main_pid=$(property MainPID)
  systemctl reset-failed "$UNIT" 2>/dev/null || true
  systemctl restart --no-block "$UNIT"
  while ((SECONDS <= deadline)); do
    sleep 0.5
    status=$(property StatusText)
    case $(property ActiveState) in
      failed) return 1 ;;
      # Between stopping and starting there is a job to do.
      inactive) [[ $(property Job) =~ ^[1-9] ]] || return 1 ;;
      active)
        if [[ $status == Serving* ]] || { ! $was_serving && [[ $status == Waiting* ]]; }; then
          # Another process than before: the old one to begin with, or one that fell over.
          [[ $main_pid == "$(property MainPID)" ]] || steady_from=$SECONDS
          main_pid=$(property MainPID)
          [[ -z $steady_from ]] || ((SECONDS - steady_from < STEADY_SECONDS)) || return 0
        fi
        ;;
    esac
    (($(property NRestarts) == 0)) || return 1
  done
  return 1
}

uninstall() {
  local purge=$1 path
  if [[ -e $UNIT_FILE ]]; then
    change "stop and disable $UNIT" systemctl disable --now --quiet "$UNIT"
  fi
  for path in "$UNIT_FILE" "$DROP_INS/jit.conf" "$PROGRAM" "$PROGRAM.previous" "$PROGRAM.new"; do
    [[ ! -e $path ]] || change "remove $path" rm "$path"
  done
  if [[ -d $DROP_INS ]] && [[ -z $(ls -A "$DROP_INS") ]]; then
    change "remove $DROP_INS" rmdir "$DROP_INS"
  fi
  change "reload systemd" systemctl daemon-reload
  $dry_run || systemctl reset-failed "$UNIT" 2>/dev/null || true
  for path in "$DROP_INS" "$SETTINGS" "$STATE_LINK" "$STATE"; do
    [[ -e $path || -L $path ]] || continue
    if $purge; then change "remove $path" rm -rf "$path"; else say "kept: $path (--purge removes it)"; fi
  done
  say "Not touched: the events in NATS, and what the journal holds"
}

main "$@"
