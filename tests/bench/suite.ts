import type { Section, SuiteArguments } from "./arguments.ts";
import { measureCommands } from "./commands/measure_commands.ts";
import { measureFootprint } from "./footprint/measure_footprint.ts";
import { readHeader } from "./header.ts";
import { measureLoads } from "./loads/measure_loads.ts";
import { measureProfile } from "./profile/measure_profile.ts";
import type { Results } from "./results.ts";
import { describeConfiguration } from "./report/command_tables.ts";
import { unreachable } from "../../src/domain/values.ts";

const HISTORIES = [1, 10, 100, 1_000, 10_000];

/**
 * Measures the sections that are asked for.
 * @param onStep is told what is done next
 * @param onProfile takes what DevTools can open
 * @param onResults takes what is measured so far, as often as there is more of it
 */
export async function runSuite(
  suite: SuiteArguments,
  onStep: (what: string) => void,
  onProfile: (profile: unknown) => Promise<void>,
  onResults: (results: Results) => Promise<void>,
): Promise<Results> {
  const results: Results = { header: await readHeader(suite) };
  const add = async (measured: Partial<Results>) => {
    Object.assign(results, measured);
    await onResults(results);
  };
  for (const section of suite.sections) {
    await add(await measureSection(section, suite, { onStep, onProfile, add }));
  }
  return results;
}

async function measureSection(
  section: Section,
  suite: SuiteArguments,
  { onStep, onProfile, add }: {
    onStep: (what: string) => void;
    onProfile: (profile: unknown) => Promise<void>;
    add: (measured: Partial<Results>) => Promise<void>;
  },
): Promise<Partial<Results>> {
  const { rounds, seconds, plan, others } = suite;
  switch (section) {
    case "commands": {
      const count = plan.flatMap(({ loads }) => loads).length;
      let done = 0;
      const commands = await measureCommands(
        plan,
        suite,
        (configuration, { shape, inFlight }) =>
          onStep(
            `load ${++done} of ${count}: ${shape}, ${inFlight} in flight, ${
              describeConfiguration(configuration)
            }`,
          ),
        (commands) => add({ commands }),
      );
      return { commands };
    }
    case "loads": {
      const options = { others, histories: HISTORIES, rounds, seconds: seconds / 3 };
      return { loads: await measureLoads(options, onStep) };
    }
    case "start":
      return { footprint: await measureFootprint(suite, onStep) };
    case "profile": {
      onStep("profile");
      const { result, profile } = await measureProfile({ ...suite.profile, seconds: seconds * 2 });
      await onProfile(profile);
      return { profile: result };
    }
    default:
      return unreachable(section);
  }
}
