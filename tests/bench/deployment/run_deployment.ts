// deno-lint-ignore-file no-console -- asks before it stores
import { readEnvFile } from "../../../src/cli/arguments.ts";
import { connectOnce } from "../../../src/cli/connect_once.ts";
import { loadConfig } from "../../../src/config.ts";
import { INBOX_PREFIX } from "../../../src/nats/connect.ts";
import type { DeploymentArguments } from "../arguments.ts";
import { readHeader } from "../header.ts";
import type { Results } from "../results.ts";
import { loadDeployment, personsFor } from "./load_deployment.ts";

const TIMEOUT_MS = 5_000;

/**
 * Says what it is going to store, asks, and measures; null where the answer was no.
 *
 * @throws {ConfigError} for a wrong setting
 * @throws {Unanswered} when nobody is there
 */
export async function runDeployment(
  wanted: DeploymentArguments,
  onStep: (what: string) => void,
): Promise<Results | null> {
  const file = wanted.envFile === undefined ? {} : await readEnvFile(wanted.envFile);
  const config = loadConfig({
    ...file,
    ...Deno.env.toObject(),
    NATS_URL: wanted.url,
    ...(wanted.prefix !== undefined && { SUBJECT_PREFIX: wanted.prefix }),
  });
  const prefix = config.subjectPrefix;
  const { inboxPrefix = INBOX_PREFIX } = wanted;
  const options = { ...wanted, prefix, inboxPrefix };
  const persons = personsFor(options);
  const commandSeconds = wanted.inFlight.length * (wanted.rounds + 1) * wanted.seconds;
  console.error(
    `For about ${Math.ceil(commandSeconds)} s, commands go to "${prefix}.commands.>" at ` +
      `${config.natsUrls.join(", ")} as fast as they are answered. They make ` +
      `${persons} ${
        persons === 1 ? "person" : "persons"
      } named "bench-... Throw-Away", rename and then archive them. ` +
      `Their events stay in the stream for good: nobody can delete events.`,
  );
  if (!wanted.yes && !(Deno.stdin.isTerminal() && confirm("Go on?"))) {
    console.error("Nothing was sent; --yes goes on without asking");
    return null;
  }
  const nc = await connectOnce(config, "person-service bench", TIMEOUT_MS, inboxPrefix);
  try {
    const header = await readHeader(wanted, nc.info?.version);
    return { header, deployment: await loadDeployment(nc, options, onStep) };
  } finally {
    await nc.close();
  }
}
