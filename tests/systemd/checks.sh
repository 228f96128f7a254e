#!/usr/bin/env bash
# What is tried in the container, in this order. To be sourced. A check ends with a status other than
# 0 when it failed, and its last line tells what was seen.

unit=cim-domain-person
installer=/opt/person/deployment/systemd/install.sh
settings=/etc/cim-person/environment
person_id=019a5c30-1234-7abc-9def-123456789abc
example='{"CreatePerson":{"person_id":"'$person_id'","name":{"components":{"given_names":["Test"],"family_names":["User"]},"naming_convention":"Western"},"source":"manual-test"}}'
# Of a user that only these tests know.
nkey=UAVB7Q3JGQDUTJBP56LED4MGS3D6KHHBLVTNC5IT2A3MOUZRTCKQRLBS
nkey_seed=SUAOWOJ4H5CKSTKTEMBZ42M2HQQOCJAVEVZXG6F54N62IVYXJSAP7UHBU4

show() { inside systemctl show --property="$1" --value "$unit"; }
journal() { inside journalctl --unit="$unit" --no-pager --output=cat "$@"; }
# By the shell's own, for there is no other.
send_signal() { inside bash -c "kill -$1 $2"; }

# Waits until a command succeeds.
within() {
  local seconds=$1 deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || { echo "not within $seconds s: $*" && return 1; }
    sleep 0.2
  done
}
status_is() { [[ $(show StatusText) == "$1"* ]]; }
is_serving() { [[ $(show ActiveState) == active ]] && status_is Serving; }
state_is() { [[ $(show ActiveState) == "$1" ]]; }
restarted_from() { [[ $(show MainPID) != "$1" ]] && is_serving; }

copy_into_container() {
  local opt=$root/opt/person
  mkdir -p "$opt/deployment" "$opt/dist"
  cp -r deployment/systemd "$opt/deployment/"
  install -m 0755 "$1" "$opt/dist/person-service"
  cp "$1.sha256" "$opt/dist/person-service.sha256" 2>/dev/null || true
  # For the stand-ins, which the service's own root lets run from here.
  install -m 0755 "$1" "$root/usr/local/lib/person-service"
  install -m 0755 "$2" "$root/usr/local/bin/nats-server"
  cat >"$root/etc/systemd/system/nats-server.service" <<'END'
[Service]
ExecStart=/usr/local/bin/nats-server --jetstream --store_dir /var/lib/nats --config /etc/nats-server.conf
[Install]
WantedBy=multi-user.target
END
  touch "$root/etc/nats-server.conf"
  # Files that the service must not get to see.
  mkdir -p "$root/home/another"
  echo secret | tee "$root/etc/of-another-user" >"$root/home/another/file"
  chmod 0600 "$root/etc/of-another-user"
  inside systemctl daemon-reload
  inside systemctl enable --now --quiet nats-server
}

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

starts() {
  inside systemctl start "$unit" && is_serving && inside systemctl status "$unit" --no-pager | grep -o 'Status: .*'
}

starts_fast() {
  local forked ready
  forked=$(show ExecMainStartTimestampMonotonic) ready=$(show ActiveEnterTimestampMonotonic)
  echo "ready $(((ready - forked) / 1000)) ms after the process began, $(grep -o 'VmRSS.*' \
    "$root/proc/$(show MainPID)/status" 2>/dev/null || inside grep VmRSS "/proc/$(show MainPID)/status" | tr -s '\t ' ' ')"
}

answers_the_example() {
  local reply
  reply=$(inside person-service send "$example" --json)
  echo "$reply"
  [[ $reply == '{"aggregate_id":"'$person_id'","version":1,"events_generated":1,"stream_sequence":1}' ]]
}

is_confined() {
  local level
  level=$(inside systemd-analyze security --no-pager "$unit" | grep -o 'exposure level.*: [0-9.]*' | grep -o '[0-9.]*$')
  echo "systemd-analyze security: $level"
  [[ $level == 0.* || $level == 1.0 ]]
}

# The probe takes the place of the service, under all its directives.
has_nothing_else() {
  local seen has_bpf=''
  inside systemctl --version | grep -q +BPF_FRAMEWORK && has_bpf=1
  install -m 0755 tests/systemd/probe.pl "$root/usr/local/bin/probe"
  sed -e 's#^ExecStart=.*#ExecStart=/usr/local/bin/probe#' -e '/^Restart/d' -e '/^WatchdogSec/d' \
    -e "s/^\[Service\]/&\nEnvironment=HAS_BPF=$has_bpf/" \
    deployment/systemd/$unit.service >"$root/etc/systemd/system/probe.service"
  inside systemctl daemon-reload
  inside systemctl stop "$unit"
  inside systemctl start probe
  seen=$(inside journalctl --unit=probe --no-pager --output=cat | grep -P '^(pass|note|FAIL)\t')
  rm "$root/usr/local/bin/probe" "$root/etc/systemd/system/probe.service"
  inside systemctl daemon-reload
  inside systemctl start "$unit"
  echo "$seen"
  echo "$(grep -c ^pass <<<"$seen") tries: all but its own is denied$(grep -c ^note <<<"$seen" | sed 's/^0$//; s/^[1-9].*/, but see UDP/')"
  ! grep -q ^FAIL <<<"$seen" && (($(grep -c ^pass <<<"$seen") >= 30)) && is_serving
}

reloads() {
  inside systemctl reload "$unit" && within 5 grep -q 'Log level is debug now' <(journal) || return
  within 5 is_serving || return
  inside systemctl reload "$unit"
  sleep 1
  journal | grep -o 'Log level is [a-z]* now' | paste -sd ' '
  [[ $(journal | grep -c 'Log level is') == 2 ]] && is_serving
}

comes_back_after() {
  local signal=$1 seconds=$2 old_pid started=$SECONDS
  old_pid=$(show MainPID)
  send_signal "$signal" "$old_pid"
  within "$seconds" restarted_from "$old_pid" || return
  journal --lines=50 | grep -i 'watchdog timeout' | tail -n 1
  echo "$(show Result), process $(show MainPID) instead of $old_pid after $((SECONDS - started)) s"
}

outlives_nats() {
  local old_pid
  old_pid=$(show MainPID)
  inside systemctl stop nats-server
  within 15 status_is 'Waiting for NATS' || return
  show StatusText
  sleep 3
  inside systemctl start nats-server
  within 20 is_serving || return
  [[ $(show MainPID) == "$old_pid" ]] && echo "waited and went on, the same process"
}

starts_without_nats() {
  inside systemctl stop nats-server
  inside systemctl restart "$unit" && state_is active && status_is 'Waiting for NATS' || return
  inside systemctl start nats-server
  within 20 is_serving && echo "up and waiting, then serving"
}

refuses_wrong_settings() {
  local errors
  inside cp "$settings" "$settings.kept"
  printf 'SNAPSHOT_FREQ=often\nLOG_LEVEL=loud\n' | inside tee -a "$settings" >/dev/null
  ! inside systemctl restart "$unit" || return
  sleep 5
  errors=$(journal --priority=err --since=-8s)
  echo "$errors"
  inside mv "$settings.kept" "$settings"
  [[ $errors == *SNAPSHOT_FREQ:* && $errors == *LOG_LEVEL:* ]] || return
  state_is failed && [[ $(show NRestarts) == 0 && $(show ExecMainStatus) == 78 ]] || return
  inside systemctl start "$unit" && is_serving && echo 'failed once with 78, both mistakes in the journal'
}

logs_in_with_a_credential() {
  local drop_in=$root/etc/systemd/system/$unit.service.d/credentials.conf passed=1
  echo "authorization { users: [ { nkey: $nkey } ] }" >"$root/etc/nats-server.conf"
  (umask 077 && echo "$nkey_seed" >"$root/etc/cim-person/nats.seed")
  mkdir -p "${drop_in%/*}"
  printf '[Service]\nLoadCredential=nats.seed:/etc/cim-person/nats.seed\nEnvironment=NATS_NKEY_SEED_FILE=nats.seed\n' >"$drop_in"
  inside systemctl daemon-reload
  inside systemctl restart nats-server "$unit"
  within 20 is_serving && passed=0
  rm -r "${drop_in%/*}" "$root/etc/cim-person/nats.seed"
  : >"$root/etc/nats-server.conf"
  inside systemctl daemon-reload
  inside systemctl restart nats-server "$unit"
  within 20 is_serving && echo 'a file of mode 600 of root, and serving'
  return $passed
}

survives_a_reboot() {
  local reply
  inside systemctl enable --quiet "$unit"
  power_off
  boot && within 30 is_serving || return
  reply=$(inside person-service send --json '{"SetBirthDate":{"person_id":"'$person_id'","birth_date":"1990-01-02"}}')
  echo "$reply"
  [[ $reply == *'"version":2,'* ]]
}

stops_restarting() {
  local restarts=0
  while ((restarts++ < 15)) && ! state_is failed; do
    within 10 is_serving >/dev/null || break
    send_signal KILL "$(show MainPID)"
    sleep 2.5
  done
  within 10 state_is failed || return
  echo "$(show Result) after $(show NRestarts) restarts"
  inside systemctl reset-failed "$unit"
  inside systemctl start "$unit" && is_serving >/dev/null && echo "failed for good after $((restarts - 1)) crashes"
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
  local output old_pid
  old_pid=$(show MainPID)
  make_executable good 'exec /usr/local/lib/person-service "$@"'
  output=$(upgrade good) || return
  [[ $(show MainPID) != "$old_pid" ]] && is_serving || return
  inside "$installer" --binary /usr/local/bin/person-service.previous >/dev/null && is_serving || return
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

all_checks() {
  files_before=$(all_files)
  check 'install.sh --dry-run changes nothing' dry_run_changes_nothing
  check 'install.sh on a bare Debian' installs
  check 'install.sh again' installs_again
  check 'systemctl start' starts
  check 'time to ready, idle memory' starts_fast
  check 'the documented example' answers_the_example
  check 'hardening score at most 1.0' is_confined
  check 'confinement, tried from inside' has_nothing_else
  check 'systemctl reload switches debug logging' reloads
  check 'SIGKILL' comes_back_after KILL 15
  check 'SIGSTOP: the watchdog' comes_back_after STOP 60
  check 'NATS stopped and started' outlives_nats
  check 'started while NATS is away' starts_without_nats
  check 'wrong settings' refuses_wrong_settings
  check 'credential by LoadCredential' logs_in_with_a_credential
  check 'systemctl enable, then a reboot' survives_a_reboot
  check 'crash loop ends' stops_restarting
  check 'upgrade: no program' refuses_what_does_not_run
  check 'upgrade: wrong checksum' refuses_a_wrong_checksum
  check 'upgrade: ends at once' rolls_back dies 'exit 1'
  check 'upgrade: never gets ready' rolls_back hangs 'exec sleep 1000'
  check 'upgrade: a good one, and back' upgrades
  check 'install.sh --uninstall' uninstalls
  check 'install.sh --uninstall --purge' purges
}
