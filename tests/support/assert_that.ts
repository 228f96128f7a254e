import { assert } from "@std/assert";

/** `assert` with its effect on types, which the npm build of the standard library does not declare. */
export function assertThat(condition: unknown, message?: string): asserts condition {
  assert(condition, message);
}
