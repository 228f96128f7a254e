/**
 * What `deno task dev` keeps in the checkout, below `.dev/`: one run at a time, and nothing left
 * running by one that was killed.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal

/** The checkout's folder. Real, so that processes can be told by it however it was entered. */
export const ROOT: string = Deno.realPathSync(`${import.meta.dirname}/../..`);
/** The embedded nats-server's store. */
export const STORE_FOLDER: string = `${ROOT}/.dev/jetstream`;
/** Holds the process id of the service. */
export const SERVICE_PID_FILE: string = `${ROOT}/.dev/service.pid`;

/** Time for an orphan to end by itself: the service finishes what it has begun. */
const ORPHAN_TIMEOUT_MS = 20_000;

/** Undefined while another process holds the lock; the system releases it however that one ends. */
export async function lockCheckout(): Promise<Deno.FsFile | undefined> {
  await Deno.mkdir(`${ROOT}/.dev`, { recursive: true });
  const file = await Deno.open(`${ROOT}/.dev/lock`, { create: true, write: true });
  if (await file.tryLock(true)) return file;
  file.close();
  return undefined;
}

/** Ends what an earlier run left behind when it was killed: two servers on one store destroy it. */
export async function endOrphans(): Promise<void> {
  for (const pid of [...await servicePids(), ...await natsServerPids()]) {
    if (!await isOurs(pid)) continue;
    console.log(`Ending process ${pid}, left running by an earlier "deno task dev"`);
    Deno.kill(pid, "SIGTERM");
    const deadline = Date.now() + ORPHAN_TIMEOUT_MS;
    while (await isOurs(pid)) {
      if (Date.now() > deadline) Deno.kill(pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function servicePids(): Promise<number[]> {
  const written = await Deno.readTextFile(SERVICE_PID_FILE).catch(() => "");
  return /^\d+$/.test(written) ? [Number(written)] : [];
}

/** A nats-server keeps a file named after its process id, and removes it when it stops. */
async function natsServerPids(): Promise<number[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${STORE_FOLDER}/ports`)).catch(() => []);
  return entries.flatMap(({ name }) => {
    const pid = name.match(/_(\d+)\.ports$/)?.[1];
    return pid === undefined ? [] : [Number(pid)];
  });
}

/** The id may have gone to another process since. */
async function isOurs(pid: number): Promise<boolean> {
  return (await commandLine(pid)).includes(ROOT);
}

async function commandLine(pid: number): Promise<string> {
  if (Deno.build.os === "linux") {
    return await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  }
  const ps = new Deno.Command("ps", { args: ["-ww", "-o", "command=", "-p", `${pid}`] });
  return new TextDecoder().decode((await ps.output()).stdout);
}
