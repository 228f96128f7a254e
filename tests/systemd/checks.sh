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

source tests/systemd/operation_checks.sh
source tests/systemd/install_checks.sh

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
