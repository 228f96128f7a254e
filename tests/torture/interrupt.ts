const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** As shells tell that Ctrl-C ended a program. */
const EXIT_INTERRUPTED = 130;

/** Ends the program when it is asked to, after its own processes: a frozen one would outlive it for ever. */
export function onInterrupt(endProcesses: () => Promise<void>): Disposable {
  const end = () => void endProcesses().finally(() => Deno.exit(EXIT_INTERRUPTED));
  for (const signal of SIGNALS) Deno.addSignalListener(signal, end);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, end);
    },
  };
}
