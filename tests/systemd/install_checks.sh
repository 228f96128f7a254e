#!/usr/bin/env bash
# Installing, upgrading, rolling back and taking away. To be sourced by checks.sh.

all_files() { inside find / -xdev -path /proc -prune -o -path /sys -prune -o -path /run -prune -o \
  -path /tmp -prune -o -path /var/tmp -prune -o -path /var/log -prune -o -path /var/lib/nats -prune -o -path /opt/person -prune -o -print | sort; }

dry_run_changes_nothing() {
  local before
  before=$(all_files)
  inside "$installer" --dry-run || return
  [[ $(all_files) == "$before" ]] && echo 'no file more or less'
}

installs() {
  inside "$installer" || return
  [[ $(inside stat -c '%a %U' "$settings") == '600 root' ]] || return
  echo "$(show ActiveState), settings for root alone"
}

installs_again() {
  local output
  echo '# mine' | inside tee -a "$settings" >/dev/null
  output=$(inside "$installer") || return
  inside grep -q '# mine' "$settings" && [[ $output == *'Nothing to do'* ]] && echo 'nothing to do, settings kept'
}

upgrade() { inside "$installer" --timeout 15 --binary "/opt/person/$1"; }

# A stand-in for an executable: as the first, but it does something else when it is to serve.
make_executable() {
  printf '#!/bin/sh\n[ "$1" = serve ] || exec /usr/local/lib/person-service "$@"\n%s\n' "$2" >"$root/opt/person/$1"
  chmod 0755 "$root/opt/person/$1"
}

refuses_what_does_not_run() {
  local before output
  before=$(inside sha256sum /usr/local/bin/person-service)
  echo 'not a program' >"$root/opt/person/garbage"
  chmod 0755 "$root/opt/person/garbage"
  ! output=$(upgrade garbage 2>&1) || return
  [[ $(inside sha256sum /usr/local/bin/person-service) == "$before" ]] && is_serving && echo "$output"
}

refuses_a_wrong_checksum() {
  ! inside "$installer" --binary /opt/person/dist/person-service --sha256 0123abcd && is_serving
}

rolls_back() {
  local name=$1 script=$2 before output
  before=$(inside sha256sum /usr/local/bin/person-service)
  make_executable "$name" "$script"
  output=$(upgrade "$name" 2>&1) && echo "upgraded to a broken one: $output" && return 1
  echo "$output"
  [[ $(inside sha256sum /usr/local/bin/person-service) == "$before" ]] && is_serving
}

upgrades() {
  local output old_pid before
  old_pid=$(show MainPID)
  before=$(inside sha256sum /usr/local/bin/person-service)
  make_executable good 'exec /usr/local/lib/person-service "$@"'
  output=$(upgrade good) || return
  [[ $(show MainPID) != "$old_pid" ]] && is_serving || return
  [[ $(inside sha256sum /usr/local/bin/person-service) != "$before" ]] || return
  inside "$installer" --binary /usr/local/bin/person-service.previous >/dev/null && is_serving || return
  [[ $(inside sha256sum /usr/local/bin/person-service) == "$before" ]] || return
  grep -o 'Upgraded: .*' <<<"$output"
}

uninstalls() {
  local left kept
  inside "$installer" --uninstall || return
  left=$(comm -13 <(echo "$files_before") <(all_files))
  echo "$left"
  kept=$(grep -Ec '^/(etc/cim-person|var/lib/(private/)?cim-person|var/lib/private$)' <<<"$left")
  [[ $kept == $(grep -c . <<<"$left") ]] && echo 'only settings and state are left'
}

purges() {
  inside "$installer" --uninstall --purge || return
  left=$(comm -13 <(echo "$files_before") <(all_files) | grep -v '^/var/lib/private$')
  echo "$left"
  [[ -z $left ]] && echo 'not a file is left'
}
