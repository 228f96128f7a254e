/**
 * The help texts of the commands that deal with whole streams.
 *
 * @module
 */

/** `person-service backup --help`. */
export const BACKUP =
  `Copies the streams of the service into a folder, which is made: in it a folder for
each stream, in the format of "nats stream backup", and person-service.json with
their checksums. The service may go on meanwhile: what was stored when the backup
began is in it. Until it is complete, the folder is called FOLDER.incomplete-…

Usage: person-service backup FOLDER [--dry-run] [--json] [--env-file PATH]

Options:
  --dry-run   Say what would be backed up, and do nothing
  --json      Print what is in the backup as JSON

Examples:
  person-service backup --dry-run /var/backups/person
  NATS_CREDS_FILE=operator.creds person-service backup /var/backups/person-2026-11-23

Snapshots are not backed up: they only save time.

Exit status: 0 the backup is complete; 1 there is none; 2 bad usage, or nobody
answers; 78 a setting is wrong, or the login lacks a permission.
`;

/** `person-service restore --help`. */
export const RESTORE =
  `Makes the streams again out of a folder that "person-service backup" made, with
every event at its old sequence; then reads all events and compares their
checksum. The stream of the events must not be there. Of those beside it (inbox,
outcomes, dead letters) one that is there is kept as it is, and said to be.

Usage: person-service restore FOLDER [OPTIONS]

Options:
  --dry-run         Check the folder and say what would be restored; do nothing,
                    and do not mind instances that run
  --replace-empty   Remove a stream that is in the way but never held a message,
                    as an instance makes it that was started without its stream
  --replicas N      Copies of each stream. Default: as many as there were
  --while-serving   Restore although instances run: restart them right after
  --json            Print what was restored as JSON
  --env-file PATH   Read settings from a file; the real environment wins

Examples:
  person-service restore --dry-run /var/backups/person-2026-11-23
  NATS_CREDS_FILE=operator.creds person-service restore /var/backups/person-2026-11-23

Stop all instances first, and start them afterwards: they remember persons of the
lost stream, and acknowledge again what the backup does not have. While one answers,
nothing is restored. The snapshots are removed.

Exit status: 0 all is restored and as it was; 1 it is not; 2 bad usage, or nobody
answers; 78 a setting is wrong, or the login lacks a permission.
`;
