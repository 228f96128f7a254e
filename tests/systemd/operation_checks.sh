#!/usr/bin/env bash
# How the installed service behaves under systemd. To be sourced by checks.sh.

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
    "deployment/systemd/$unit.service" >"$root/etc/systemd/system/probe.service"
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
  reply=$(inside person-service send --json '{"SetBirthDate":{"person_id":"'"$person_id"'","birth_date":"1990-01-02"}}')
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
