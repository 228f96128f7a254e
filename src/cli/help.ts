/**
 * The help texts, apart from the commands they describe, so that `--help` loads none of them.
 *
 * @module
 */

import { DLQ, DLQ_ACTIONS } from "./help_dlq.ts";
import { BACKUP, RESTORE } from "./help_streams.ts";

const OVERVIEW = `person-service - person commands over NATS, decided and kept as events

Usage: person-service [COMMAND] [OPTIONS]

Commands:
  serve    Take commands until SIGINT or SIGTERM (the default)
  config   Print the effective settings and where each comes from
  setup    Make or check stream and snapshot bucket, with an operator's login
  send     Publish one command and print the reply
  doctor   Look at server, stream and persons, and say what is amiss
  dlq      List, show, retry or drop what came into the inbox and was no command
  backup   Copy the streams into a folder, with an operator's login
  restore  Make the streams again out of such a folder

Options of every command:
  --env-file PATH   Read settings from a file; the real environment wins
  -h, --help        Print this help, or that of a command: person-service send --help
  --version         Print the version

Settings are environment variables; "person-service config" lists them all.

Exit status: 0 done; 1 refused or failed; 2 bad usage, or nobody answers;
78 a setting is wrong, the server is too old, or the stream is not safe.
`;

const SERVE = `Takes person commands over NATS until SIGINT or SIGTERM, then finishes those it
has begun and stops. NATS being away is waited for, at the start and later.

Usage: person-service [serve] [--env-file PATH]

Examples:
  person-service
  person-service serve --env-file /etc/cim-person/environment
  NATS_URL=nats://nats.example.org:4222 LOG_LEVEL=debug person-service

Exit status: 0 stopped as asked; 78 a setting is wrong, the server is older than
2.12, or the stream is not safe (see "person-service setup --dry-run").
`;

const CONFIG = `Prints the effective settings and where each comes from, with secrets masked.
Mistakes are listed all at once.

Usage: person-service config [--json] [--env-file PATH]

Options:
  --json   One JSON object instead of a table

Examples:
  person-service config
  person-service config --env-file .env
  person-service config --json

Exit status: 0 all is well; 78 a setting is wrong.
`;

const SETUP = `Makes the stream and the snapshot bucket, or checks those that are there, and
prints what it did; with DURABLE_COMMANDS=true the streams of durable commands,
too. For logins that may do so when the service's own may not.

An empty stream of events is not made where there was one, of which other streams
of the service or snapshots are left: that is for "person-service restore".

Usage: person-service setup [--dry-run] [--new] [--env-file PATH]

Options:
  --dry-run   Say what would be done, and do nothing
  --new       Make an empty stream of events even where there was one

Examples:
  person-service setup --dry-run
  NATS_CREDS_FILE=operator.creds STREAM_REPLICAS=3 person-service setup

Exit status: 0 all is fit for use; 78 something is not, or a setting
is wrong.
`;

const SEND = `Publishes one command, just as it is given, and prints the reply.

Usage: person-service send COMMAND | - | --file PATH | --example NAME [OPTIONS]

  COMMAND                  The command's JSON; "-" reads it from standard input

Options:
  --file PATH              Send what is in a file
  --example NAME           Send one of the examples
  --list-examples          Print the examples' names, in an order that works
  --id ID                  The command's id (Nats-Msg-Id): the same id again gets the
                           first answer again. Default: a new one
  --expected-version N     Refuse the command unless the person is at this version
  --correlation-id ID      Carried into the events
  --subject SUFFIX         Publish on <prefix>.commands.SUFFIX. Default: send
  --inbox-prefix PREFIX    Receive replies below it, where the login may not receive them
                           elsewhere. Default: _INBOX.person-service
  --durable                Publish on <prefix>.inbox.SUFFIX instead, to be kept until a
                           service has done it; print where it is kept
  --wait                   With --durable: wait for the outcome, too
  --timeout DURATION       How long to wait for the reply, as in 500ms, 5s, 2m.
                           Default: COMMAND_TIMEOUT and 2 s
  --json                   Print the reply as it came; with --durable one object: stream,
                           seq, duplicate and id, with --wait the outcome, too (null: none
                           in time)
  --env-file PATH          Read settings from a file; the real environment wins

Examples:
  person-service send --example CreatePerson
  person-service send '{"SetBirthDate": {"person_id":
    "019a5c30-1234-7abc-9def-123456789abc", "birth_date": "1990-01-02"}}'
  jq .command letter.json | person-service send - --json
  person-service send --file update.json --expected-version 3 --id order-4711
  person-service send --file update.json --id order-4711 --durable --wait
  NATS_USER=client NATS_PASSWORD=... person-service send --example CreatePerson
    --inbox-prefix _INBOX_client

While nobody listens yet, it tries for 5 s. NATS_URL and the logins are
those of the service. Run from a checkout without NATS_URL, it finds the server of
"deno task dev" in the same checkout.

Exit status: 0 accepted, or kept; 1 refused; 2 nobody answered, or bad usage; 78 a
setting is wrong.
`;

const DOCTOR = `Looks at everything that the service needs, under the configured login, and prints
a line for each check: ok, warning, failed or skipped, and what to do. What it tries
it tries on a stream of its own, which it removes; nothing else is changed.

Usage: person-service doctor [OPTIONS]

Options:
  --quick           Leave out reading the events for damaged histories
  --all             Read every event, however long it takes. Default: for a minute
  --strict          Judge as a production system is judged: a single copy on a single
                    server is a warning, too, and warnings end with status 1
  --monitor URL     The server's monitoring address, where it tells sync_interval.
                    Default: port 8222 of the server
  --json            One JSON object instead of lines; where nobody answers, that is the
                    finding that failed
  --markdown        A report to keep instead of lines
  --env-file PATH   Read settings from a file; the real environment wins

Examples:
  person-service doctor
  person-service doctor --quick --strict
  NATS_CREDS_FILE=operator.creds person-service doctor --markdown > report.md

Under the service's own login much is skipped: it may do no more than it needs. But
whether that is so ("permissions"), only a run with that login tells: an operator's
may do more, as it must.

Exit status: 0 all is well, but for warnings; 1 a check failed; 2 bad usage, or
nobody answers; 78 a setting is wrong.
`;

/** The help of each command, by name. */
export const HELP = {
  serve: SERVE,
  config: CONFIG,
  setup: SETUP,
  send: SEND,
  backup: BACKUP,
  restore: RESTORE,
  dlq: DLQ,
  doctor: DOCTOR,
};

/** The help on a command with these arguments behind it; undefined = on the program. */
export function helpOn(command: keyof typeof HELP | undefined, args: string[]): string {
  if (command === undefined) return OVERVIEW;
  const actions = command === "dlq" ? DLQ_ACTIONS : new Map<string, string>();
  const action = args.find((argument) => actions.has(argument)) ?? "";
  return actions.get(action) ?? HELP[command];
}
