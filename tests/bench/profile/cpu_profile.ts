/**
 * Profiles as V8 makes them and DevTools opens them (`.cpuprofile`), and which functions take the time.
 *
 * @module
 */
import { z } from "zod";
import type { ProfiledFunction } from "../results.ts";

const ProfileNode = z.looseObject({
  id: z.number(),
  callFrame: z.looseObject({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
  children: z.array(z.number()).optional(),
});
type ProfileNode = z.output<typeof ProfileNode>;

/** As V8 makes it; what is not looked at here is kept all the same. */
export const CpuProfile = z.looseObject({
  nodes: z.array(ProfileNode),
  samples: z.array(z.number()),
  /** Microseconds, one for each sample. */
  timeDeltas: z.array(z.number()),
});
/** As V8 makes it; what is not looked at here is kept all the same. */
export type CpuProfile = z.output<typeof CpuProfile>;

const WAITING = "(idle)";

/** The functions that take the most time by themselves, and apart from them what is none: the engine itself. */
export function costliest(
  profile: CpuProfile,
  commands: number,
  most: number,
): { functions: ProfiledFunction[]; others: ProfiledFunction[] } {
  const all = timesOf(profile).filter(({ name }) => name !== WAITING && name !== "(root)");
  const busyUs = all.reduce((total, { selfUs }) => total + selfUs, 0);
  const perCommand = all.map(({ selfUs, totalUs, ...where }) => ({
    ...where,
    selfUs: selfUs / commands,
    totalUs: totalUs / commands,
    selfShare: selfUs / busyUs,
  })).sort((a, b) => b.selfUs - a.selfUs);
  return {
    functions: perCommand.filter(isFunction).slice(0, most),
    others: perCommand.filter((each) => !isFunction(each)),
  };
}

/** V8 writes what is no function in brackets. */
function isFunction({ name }: { name: string }): boolean {
  return name === ANONYMOUS || !name.startsWith("(");
}

const ANONYMOUS = "(anonymous)";

function timesOf({ nodes, samples, timeDeltas }: CpuProfile) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) =>
      children.map((child): [number, number] => [child, id])
    ),
  );
  const times = new Map<string, { name: string; place: string; selfUs: number; totalUs: number }>();
  const timeOf = (node: ProfileNode) => {
    const where = describe(node);
    const key = `${where.name} ${where.place} ${node.callFrame.lineNumber}`;
    const time = times.get(key) ?? { ...where, selfUs: 0, totalUs: 0 };
    times.set(key, time);
    return time;
  };
  for (const [index, id] of samples.entries()) {
    const elapsedUs = timeDeltas[index] ?? 0;
    const counted = new Set<unknown>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node === undefined) break;
      const time = timeOf(node);
      if (at === id) time.selfUs += elapsedUs;
      // A function that calls itself is on the stack more than once.
      if (!counted.has(time)) time.totalUs += elapsedUs;
      counted.add(time);
    }
  }
  return [...times.values()];
}

/** Without the line, which is that of the JavaScript made of the source. */
function describe({ callFrame: { functionName, url } }: ProfileNode) {
  return { name: functionName === "" ? ANONYMOUS : functionName, place: shortened(url) };
}

/** From `src/` on, or the package and the file. */
function shortened(url: string): string {
  const own = url.match(/\/(src\/(?!.*\/node_modules\/).*)$/)?.[1];
  const packaged = url.match(/\/((?:@[^/]+\/)?[^/@]+)\/\d[^/]*\/(?:.*\/)?([^/]+)$/);
  if (packaged !== null) return `${packaged[1]} ${packaged[2]}`;
  return own ?? url;
}
