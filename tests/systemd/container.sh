#!/usr/bin/env bash
# A bare Debian 12 with a systemd of its own, booted in a container. To be sourced.
# Needs root, and Debian's archive the first time.

folder=${SYSTEMD_TEST_DIR:-/var/tmp/person-service-systemd}
root=$folder/root

# In a file, for subshells start and end the container, too.
nspawn_pid() { cat "$folder/nspawn.pid" 2>/dev/null; }
nspawn_runs() { kill -0 "$(nspawn_pid)" 2>/dev/null; }

# The container's first process is the only child of nspawn.
leader() {
  local children nspawn_pid
  nspawn_pid=$(nspawn_pid)
  children=$(cat "/proc/$nspawn_pid/task/$nspawn_pid/children" 2>/dev/null) || return 1
  echo "${children%% *}"
}

inside() {
  nsenter --target "$(leader)" --all env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    TERM=dumb HOME=/root "$@"
}

# Prints why there can be no container; nothing when all is well.
why_no_container() {
  ((EUID == 0)) || { echo "this takes root" && return; }
  if ! command -v systemd-nspawn >/dev/null || ! command -v debootstrap >/dev/null; then
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
      --no-install-recommends systemd-container debootstrap; } >/dev/null 2>&1 ||
      { echo "systemd-container and debootstrap can't be installed" && return; }
  fi
  make_base >&2 || { echo "debootstrap failed, see $folder/debootstrap.log" && return; }
  power_off # what an interrupted run left
  fresh_root
  boot || echo "systemd does not boot, see $folder/boot.log"
}

make_base() {
  local archive
  [[ ! -e $folder/base.done ]] || return 0
  echo "Making a bare Debian 12 in $folder ..."
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' \
    'Origin: Debian' 'Codename: bookworm' 2>/dev/null | sort -u | head -n 1)
  rm -rf "$folder/base"
  mkdir -p "$folder"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libseccomp2,passwd bookworm \
    "$folder/base" "${archive:-http://deb.debian.org/debian}" >"$folder/debootstrap.log" 2>&1 || return 1
  # What the installer of Debian writes.
  echo '127.0.0.1 localhost' >"$folder/base/etc/hosts"
  touch "$folder/base.done"
}

fresh_root() {
  rm -rf "$root"
  cp -a --reflink=auto "$folder/base" "$root"
}

boot() {
  local state=''
  # Its own loopback is all the network it has.
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --directory="$root" --register=no --keep-unit --boot \
    --private-network --machine=person-service-test --console=pipe --capability=all \
    --system-call-filter=bpf >>"$folder/boot.log" 2>&1 </dev/null &
  echo $! >"$folder/nspawn.pid"
  for _ in {1..120}; do
    sleep 0.5
    nspawn_runs || return 1
    state=$(inside systemctl is-system-running 2>/dev/null) || true
    [[ $state != running && $state != degraded ]] || return 0
  done
  return 1
}

power_off() {
  nspawn_runs || return 0
  inside systemctl poweroff >/dev/null 2>&1 || true
  for _ in {1..80}; do
    nspawn_runs || break
    sleep 0.25
  done
  # The first asks, the second insists.
  ! nspawn_runs || { kill "$(nspawn_pid)" && sleep 1 && kill "$(nspawn_pid)" && sleep 1; } 2>/dev/null || true
  rm -f "$folder/nspawn.pid"
}
