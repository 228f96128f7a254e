/**
 * Waiting for a condition instead of for a time.
 *
 * @module
 */

/**
 * The first result of `probe` that is neither undefined nor false; a probe that throws is tried
 * again.
 *
 * @throws {Error} naming `what` when nothing came within `timeoutMs`
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const result = await probe();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  } while (Date.now() < deadline);
  throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`, { cause });
}
