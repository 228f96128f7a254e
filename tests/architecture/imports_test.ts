import { assertEquals } from "@std/assert";
import { extname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

type Layer =
  | "domain"
  | "application"
  | "nats"
  | "read_model"
  | "cli"
  | "http"
  | "console"
  | "settings"
  | "entry";

const LOWER: Layer[] = ["nats", "read_model", "application", "domain", "settings"];

/** Who may import whom, beside their own layer. */
const MAY_IMPORT: Record<Layer, Layer[]> = {
  domain: [],
  application: ["domain"],
  nats: ["application", "domain", "settings"],
  read_model: ["application", "domain", "settings"],
  cli: LOWER,
  http: LOWER,
  console: LOWER,
  // Configuration, logs and telemetry: they know nothing of persons.
  settings: [],
  entry: ["cli", "http", "console", ...LOWER],
};

const isLayer = (name: string): name is Layer => name in MAY_IMPORT;

/** The layer of a path such as `src/domain/name.ts`. */
function layerOf(path: string): Layer {
  const [, first = "", second] = path.split("/");
  if (second === undefined) return /^(main|serve)\.ts$/.test(first) ? "entry" : "settings";
  if (!isLayer(first)) throw new Error(`No layer is known for "${path}": add it to MAY_IMPORT`);
  return first;
}

/** TypeScript files below a folder, as paths from the root, with their text. */
function* sourcesOf(folder: string): Generator<{ path: string; text: string }> {
  for (const entry of Deno.readDirSync(`${ROOT}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sourcesOf(path);
    else if (extname(path) === ".ts") {
      yield { path, text: Deno.readTextFileSync(`${ROOT}/${path}`) };
    }
  }
}

const STATIC_IMPORT = /^(?:import|export)\b[^;"=(]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*"([^"]+)"/g;

function importsOf(text: string): string[] {
  return [...text.matchAll(STATIC_IMPORT), ...text.matchAll(DYNAMIC_IMPORT)]
    .map(([, from, bare]) => from ?? bare ?? "");
}

const isRelative = (specifier: string) => specifier.startsWith(".");

/** `src/domain/name.ts`, for `./name.ts` in a file beside it. */
function resolve(specifier: string, from: string): string {
  return relative(ROOT, fileURLToPath(new URL(specifier, `file://${ROOT}${from}`)));
}

const sources = Array.from(sourcesOf("src"));

Deno.test("importsOf: given every form of import, when read, then each is found and no text is taken for one", () => {
  const text = [
    'import a from "a";',
    'import {\n  type B,\n  b,\n} from "b";',
    'import "c";',
    'export { d } from "d";',
    'export * from "e";',
    'const f = await import("f");',
    'export const g = "not from";',
    'const h = `refused from "h"`;',
  ].join("\n");
  assertEquals(importsOf(text), ["a", "b", "c", "d", "e", "f"]);
});

Deno.test("Architecture: given src, when its imports are read, then each layer imports only those below it", () => {
  const forbidden = sources.flatMap(({ path, text }) =>
    importsOf(text).filter(isRelative).map((specifier) => resolve(specifier, path))
      .filter((target) => target.startsWith("src/"))
      .filter((target) => {
        const [layer, imported] = [layerOf(path), layerOf(target)];
        return layer !== imported && !MAY_IMPORT[layer].includes(imported);
      })
      .map((target) => `${path} imports ${target}`)
  );
  assertEquals(forbidden, []);
});

Deno.test("Architecture: given src/nats, when its imports are read, then commands and events need nothing of durable commands", () => {
  const isOfInbox = (path: string) => path.startsWith("src/nats/inbox/");
  const found = sources.filter(({ path }) => path.startsWith("src/nats/") && !isOfInbox(path))
    .flatMap(({ path, text }) =>
      importsOf(text).filter(isRelative).map((specifier) => resolve(specifier, path))
    ).filter(isOfInbox);
  assertEquals(found, []);
});

Deno.test("Architecture: given src/domain, when its imports are read, then zod is the only package", () => {
  const packages = sources.filter(({ path }) => path.startsWith("src/domain/"))
    .flatMap(({ text }) => importsOf(text).filter((specifier) => !isRelative(specifier)));
  assertEquals([...new Set(packages)], ["zod"]);
});

Deno.test("Architecture: given src/application, when its imports are read, then NATS is none of them", () => {
  const found = sources.filter(({ path }) => path.startsWith("src/application/"))
    .flatMap(({ text }) => importsOf(text).filter((specifier) => specifier.includes("nats")));
  assertEquals(found, []);
});

Deno.test("Architecture: given src/domain, when searched, then it asks no clock, chance or surroundings", () => {
  const impure = /\b(Date\.now|new Date\(\)|Math\.random|performance\.|crypto\.|Deno\.|process\.)/;
  const found = sources.filter(({ path, text }) =>
    path.startsWith("src/domain/") && impure.test(text)
  ).map(({ path }) => path);
  assertEquals(found, []);
});

Deno.test("Architecture: given every source, when its imports are read, then none needs jsr or a URL", () => {
  const isRemote = (specifier: string) => /^(jsr|https?):/.test(specifier);
  const remote = [...sources, ...sourcesOf("tests"), ...sourcesOf("deployment")].flatMap((
    { path, text },
  ) => importsOf(text).filter(isRemote).map((specifier) => `${path} imports ${specifier}`));
  assertEquals(remote, []);
  assertEquals(Object.values(denoJson.imports).filter(isRemote), []);
});

Deno.test("Architecture: given src, when a timer is refreshed, then it is one of node:timers, for the global ones are numbers before Deno 2.9", () => {
  const found = sources.filter(({ text }) =>
    text.includes(".refresh()") &&
    !/import \{[^}]*\bsetTimeout\b[^}]*\} from "node:timers"/.test(text)
  ).map(({ path }) => path);
  assertEquals(found, []);
});

Deno.test("Architecture: given src, when lines are counted, then every file is small", () => {
  const limitOf = (path: string) => path === "src/domain/decide.ts" ? 400 : 200;
  const long = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ path, lines }) => lines > limitOf(path));
  assertEquals(long, []);
});
