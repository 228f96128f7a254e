/**
 * JetStream, and what the account may store with it.
 *
 * @module
 */
import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import type { Examination } from "./examination.ts";
import { deniedBy, failed, type Finding, ok, skipped } from "./finding.ts";
import { bytes, checkUsage } from "./usage.ts";

type Account = Awaited<ReturnType<JetStreamManager["getAccountInfo"]>>;

/** What JetStream answers while it is off, for the server or for this account. */
const NOT_ENABLED = new Set([10035, 10039, 10076]);

/** Whether there is JetStream, and what the account has of it. Returns whether to go on with it. */
export async function* checkJetStream(examination: Examination): AsyncGenerator<Finding, boolean> {
  try {
    const account = await examination.jsm.getAccountInfo();
    yield ok("JetStream", `on, streams of this account: ${account.streams}`);
    yield checkAccount(account, examination.config.streamReplicas);
    return true;
  } catch (error) {
    const denied = deniedBy(error);
    const finding = denied === null ? noJetStream(error) : await checkByStream(examination);
    yield finding;
    if (denied !== null) yield skipped("account storage", denied);
    return finding.status !== "failed";
  }
}

/** For logins that may not see the account. */
async function checkByStream({ jsm, config }: Examination): Promise<Finding> {
  try {
    await jsm.streams.info(config.streamName);
    return ok("JetStream", "on");
  } catch (error) {
    // That there is no such stream, say, only JetStream itself can know.
    if (error instanceof JetStreamApiError && !NOT_ENABLED.has(error.code)) {
      return ok("JetStream", "on");
    }
    const denied = deniedBy(error);
    return denied === null ? noJetStream(error) : skipped("JetStream", denied);
  }
}

function noJetStream(error: unknown): Finding {
  const reason = error instanceof Error ? error.message : error;
  const todo = "turn it on in the server's configuration, and for the account: jetstream: enabled";
  return failed("JetStream", `there is none: ${reason}`, todo);
}

function checkAccount({ storage, limits, tiers }: Account, replicas: number): Finding {
  // Where there are tiers, the limits are in these alone.
  const tier = tiers?.[`R${replicas}`];
  const used = tier?.storage ?? storage;
  const limit = tier?.limits.max_storage ?? limits.max_storage;
  const usage = { used, limit, show: bytes };
  return checkUsage("account storage", usage, "raise the account's max_file limit, or make room");
}
