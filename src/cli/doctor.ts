/**
 * `person-service doctor`: looks at everything that the service needs, and says what is amiss.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import { parseArgs } from "node:util";
import { type Config, loadConfig } from "../config.ts";
import { unreachable } from "../domain/values.ts";
import { checkArguments, GLOBAL_OPTIONS, UsageError } from "./arguments.ts";
import { connectOnce, Unanswered } from "./connect_once.ts";
import { withDevServer } from "./dev_server.ts";
import { examine } from "./doctor/examine.ts";
import { examinationOf } from "./doctor/examination.ts";
import { failed, type Finding, judgedStrictly } from "./doctor/finding.ts";
import { jsonOf, lineOf, markdownOf, summaryOf } from "./doctor/report.ts";
import { Interruption } from "./interruption.ts";

const OPTIONS = {
  ...GLOBAL_OPTIONS,
  "quick": { type: "boolean" },
  "all": { type: "boolean" },
  "strict": { type: "boolean" },
  "monitor": { type: "string" },
  "json": { type: "boolean" },
  "markdown": { type: "boolean" },
} as const;

const CONNECT_TIMEOUT_MS = 5_000;
/** Some two million events on a machine with 2 cores: whoever asks in a hurry gets an answer. */
const HISTORIES_LIMIT_MS = 60_000;
const EXIT_FAILED = 1;

type Format = "text" | "json" | "markdown";

type DoctorOptions = {
  monitor: string | undefined;
  historiesLimitMs: number;
  strict: boolean;
  format: Format;
};

type Report = { server: string; stream: string; findings: Finding[] };

/**
 * Runs the command with its arguments and resolves to its exit status.
 *
 * @throws {UsageError} for arguments that can't be understood
 * @throws {ConfigError} for a wrong setting
 * @throws {Unanswered} when NATS can't be reached, or is lost on the way
 */
export async function doctor(
  args: string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  checkArguments(args, OPTIONS);
  const { values } = parseArgs({ args, options: OPTIONS });
  const { json = false, markdown = false, quick = false, all = false, strict = false } = values;
  const { monitor } = values;
  if (json && markdown) {
    throw new UsageError('Options "--json" and "--markdown" exclude each other');
  }
  if (quick && all) throw new UsageError('Options "--quick" and "--all" exclude each other');
  if (monitor !== undefined && !URL.canParse(monitor)) {
    throw new UsageError(`Option "--monitor": found "${monitor}"; write http://HOST:8222`);
  }
  const format = json ? "json" : markdown ? "markdown" : "text";
  const historiesLimitMs = quick ? 0 : all ? Infinity : HISTORIES_LIMIT_MS;
  const config = loadConfig(await withDevServer(env));
  const findings = await run(config, { monitor, historiesLimitMs, strict, format });
  const isBad = ({ status }: Finding) => status === "failed" || (strict && status === "warning");
  return findings.some(isBad) ? EXIT_FAILED : 0;
}

async function run(config: Config, options: DoctorOptions): Promise<Finding[]> {
  const report: Report = {
    server: config.natsUrls.join(", "),
    stream: config.streamName,
    findings: [],
  };
  try {
    await fill(report, config, options);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    // Whoever reads the report gets one, however it ends. That the server was reached would be the first finding.
    const check = report.findings.length === 0 ? "reachability" : "examination";
    report.findings.push(failed(check, error.message));
    if (options.format !== "text") printReport(report, options.format);
    throw error;
  }
  printReport(report, options.format);
  return report.findings;
}

/** Throws `Unanswered` when NATS can't be reached, is lost on the way, or the user has had enough. */
async function fill(report: Report, config: Config, options: DoctorOptions): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const name = "person-service doctor";
  const nc = cleanUp.adopt(
    await connectOnce(config, name, CONNECT_TIMEOUT_MS),
    (connection) => connection.close(),
  );
  report.server = nc.getServer();
  const examination = await examinationOf(nc, config, cleanUp);
  const signal = cleanUp.use(new Interruption()).signal;
  const onProgress = Deno.stderr.isTerminal() ? showProgress : () => {};
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      onProgress(1);
      reject(signal.reason);
    });
  });
  const examined = (async () => {
    const untilAborted = (done: number) => {
      if (!signal.aborted) onProgress(done);
    };
    for await (const found of examine(examination, { ...options, onProgress: untilAborted })) {
      // The report is out, and the connection is being closed.
      if (signal.aborted) return;
      const finding = options.strict ? judgedStrictly(found) : found;
      if (nc.isClosed()) throw new Unanswered(`The connection to ${report.server} was lost`);
      report.findings.push(finding);
      if (options.format === "text") print(finding);
    }
  })();
  // Histories may take minutes: whoever interrupts them waits only till no stream is left behind.
  examined.catch(() => {});
  await Promise.race([examined, interrupted]);
}

function printReport({ findings, server, stream }: Report, format: Format): void {
  const circumstances = { server, stream, at: new Date().toISOString() };
  switch (format) {
    case "json":
      return console.log(jsonOf(findings, circumstances));
    case "markdown":
      return console.log(markdownOf(findings, circumstances));
    case "text":
      return console.log(`\n${summaryOf(findings)}`);
    default:
      return unreachable(format);
  }
}

function print(finding: Finding): void {
  console.log(lineOf(finding, Deno.stdout.isTerminal() && !Deno.noColor));
}

/** Overwrites itself, and at the end vanishes. */
function showProgress(done: number): void {
  const text = done < 1 ? `reading events: ${Math.floor(100 * done)} %` : "";
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}
