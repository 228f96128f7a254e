/**
 * The help texts of `person-service dlq` and its actions.
 *
 * @module
 */

const LETTERS = `LETTERS are sequences as "list" shows them, or any of these together, or --all:
  --code CODE         ParseError or ValidationError
  --id ID             The command's id
  --person ID         The person, as far as the payload tells
  --since TIME        Found since then: 2h, 3d, 2026-11-23T08:00:00Z
  --subject SUBJECT   Published on it; "*" and ">" as in NATS
  --all               Every letter`;

const ENV_FILE = "  --env-file PATH     Read settings from a file; the real environment wins";

const EXIT_STATUS = `2 bad usage, or nobody
answers; 78 a setting is wrong, or the login lacks a permission.
`;

/** `person-service dlq --help`. */
export const DLQ =
  `Deals with dead letters: messages that came into the inbox of durable commands and
are no commands. A command that was refused is none of them.

Usage: person-service dlq list [LETTERS] [--json]
       person-service dlq show LETTERS [--json]
       person-service dlq retry LETTERS [--yes] [--json]
       person-service dlq drop LETTERS [--yes] [--json]

Actions, each with help of its own: person-service dlq list --help
  list    A line for each letter
  show    All that is known of letters, with their payload
  retry   Publish them to the inbox again
  drop    Take them away for good

${LETTERS}

Options:
  --yes               Retry or drop what is not named by its sequence
  --json              One JSON array
${ENV_FILE}

Examples:
  person-service dlq list --since 1d
  person-service dlq show 17
  person-service dlq retry 17 18
  person-service dlq drop --code ParseError --subject 'person.inbox.import.>' --yes

Exit status: 0 done; 1 a letter is not there, also because somebody else took it away
meanwhile, was not retried, or is a dead letter again; ${EXIT_STATUS}`;

const LIST = `Prints a line for each dead letter: its sequence, by which the other actions know it,
when it was found, why it is no command, and where it was published.

Usage: person-service dlq list [LETTERS] [--json]

${LETTERS}

Options:
  --json              One JSON array, with the payloads
${ENV_FILE}

Examples:
  person-service dlq list
  person-service dlq list --since 1d --code ValidationError
  person-service dlq list --json | jq length

Exit status: 0 done, also when there is none; 1 a letter that was named is not there; ${EXIT_STATUS}`;

const SHOW = `Prints all that is known of dead letters: reason, headers and payload.

Usage: person-service dlq show LETTERS [--json]

${LETTERS}

Options:
  --json              One JSON array
${ENV_FILE}

Examples:
  person-service dlq show 17
  person-service dlq show --id order-4711
  person-service dlq show 17 --json | jq -r '.[0].payload' > payload.json

Exit status: 0 done; 1 a letter that was named is not there; ${EXIT_STATUS}`;

const RETRY = `Publishes dead letters to the inbox again, each as it was and with the same id, and
takes a letter away only when the inbox has it. Of use when the service has since
learnt to read it; what is still no command comes back as a new letter, which is
said where an instance runs: the outcome of each is waited for, up to 5 s for the first
that has none.

Usage: person-service dlq retry LETTERS [--yes] [--json]

${LETTERS}

Options:
  --yes               Retry what is not named by its sequence; without it, say how
                      many that would be
  --json              One JSON array; "done" is "retried", "dead again", "kept" or
                      "not found"
${ENV_FILE}

Examples:
  person-service dlq retry 17 18
  person-service dlq retry --code ValidationError --since 2h --yes

Exit status: 0 done; 1 a letter is not there, also because somebody else took it away
meanwhile, was not retried, or is a dead letter again; ${EXIT_STATUS}`;

const DROP = `Takes dead letters away for good: "show" them before.

Usage: person-service dlq drop LETTERS [--yes] [--json]

${LETTERS}

Options:
  --yes               Drop what is not named by its sequence; without it, say how many
                      that would be
  --json              One JSON array; "done" is "dropped" or "not found"
${ENV_FILE}

Examples:
  person-service dlq drop 17
  person-service dlq drop --code ParseError --subject 'person.inbox.import.>' --yes

Exit status: 0 done; 1 a letter that was named is not there, or somebody else took one
away meanwhile; ${EXIT_STATUS}`;

/** `person-service dlq list --help` and so on, by action. */
export const DLQ_ACTIONS: ReadonlyMap<string, string> = new Map([
  ["list", LIST],
  ["show", SHOW],
  ["retry", RETRY],
  ["drop", DROP],
]);
