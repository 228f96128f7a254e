/**
 * The npm packages that the service needs, out of those that the tests need, too: Deno embeds every
 * package that configuration and lock file name, whether it is imported or not.
 *
 * @module
 */
import { z } from "zod";
import project from "../../deno.json" with { type: "json" };

/** A package that the service imports, directly or not. */
export interface Package {
  /** As the lock file names it, such as `@nats-io/kv@3.4.0`. */
  id: string;
  /** Such as `@nats-io/kv`. */
  name: string;
  /** Its folder below `npm` in Deno's cache. */
  folder: string;
}

const Graph = z.object({
  modules: z.array(z.object({ npmPackage: z.string().optional() })),
  npmPackages: z.record(
    z.string(),
    z.object({
      name: z.string(),
      version: z.string(),
      dependencies: z.array(z.string()),
      registryUrl: z.string(),
    }),
  ),
});

const Lock = z.object({
  version: z.literal("5"),
  specifiers: z.record(z.string(), z.string()),
  npm: z.record(z.string(), z.unknown()),
  workspace: z.object({ dependencies: z.array(z.string()) }),
});

/** Reads what `deno info --json` prints about the main module. */
export function importedPackages(info: string): Package[] {
  const graph = Graph.parse(JSON.parse(info));
  const ids = new Set(graph.modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  // A set iterates over what is added on the way, too.
  for (const id of ids) {
    for (const dependency of graph.npmPackages[id]?.dependencies ?? []) ids.add(dependency);
  }
  return Object.entries(graph.npmPackages).filter(([id]) => ids.has(id)).map(
    ([id, { name, version, registryUrl }]) => {
      const { host, pathname } = new URL(registryUrl);
      return { id, name, folder: `${host}${pathname}${name}/${version}` };
    },
  );
}

/** The configuration with these packages alone. */
export function configFor(packages: Package[]): Record<string, unknown> {
  const { version, license, nodeModulesDir, unstable, imports } = project;
  const imported = Object.entries(imports).filter(([, specifier]) => isOf(packages, specifier));
  return { version, license, nodeModulesDir, unstable, imports: Object.fromEntries(imported) };
}

/** The lock file with these packages alone: with others in it, it would not fit the configuration. */
export function lockFor(packages: Package[], lockFile: string): Record<string, unknown> {
  const lock = Lock.parse(JSON.parse(lockFile));
  const specifiers = Object.entries(lock.specifiers).filter(([each]) => isOf(packages, each));
  const npm = Object.entries(lock.npm).filter(([id]) => packages.some((each) => each.id === id));
  const dependencies = lock.workspace.dependencies.filter((each) => isOf(packages, each));
  return {
    version: lock.version,
    specifiers: Object.fromEntries(specifiers),
    npm: Object.fromEntries(npm),
    workspace: { dependencies },
  };
}

function isOf(packages: Package[], specifier: string): boolean {
  return packages.some(({ name }) => specifier.startsWith(`npm:${name}@`));
}
