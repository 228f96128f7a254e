import { SCHEMA_VERSION } from "./events.ts";

/** A stored event is of a version that this program does not know: it must not be guessed. */
export class UnknownSchemaVersion extends Error {
  /** Names the class in logs. */
  override name = "UnknownSchemaVersion";

  /** For an event that says it is of this version. */
  constructor(readonly schemaVersion: number) {
    super(
      `Unknown schema version "${schemaVersion}": this program reads up to "${SCHEMA_VERSION}"`,
    );
  }
}

/**
 * Turns the JSON of a stored event of an older shape into the current one, before it is read.
 * An event without a version is of version 1. Throws `UnknownSchemaVersion` for a newer one.
 */
export function upcast(schemaVersion: number, json: unknown): unknown {
  if (schemaVersion !== SCHEMA_VERSION) throw new UnknownSchemaVersion(schemaVersion);
  return json;
}
