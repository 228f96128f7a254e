/** What is printed for `--help`. */
export const HELP = `Usage: deno task bench [options]                 what this machine can do
       deno task bench --url URL --prefix PREFIX  what a deployment can do
       deno task bench soak [--minutes N]         half the maximum rate for a long time
       deno task bench report FILE...             tables and pictures in deployment/

Every figure is the median of several rounds, with the least and the most, and comes with its ratio
to a baseline that takes turns with it: a loop that only receives, publishes and replies, made for
speed ("bare loop"), the same with the client's own publish and its defaults ("plain loop"), the
same with atomic batches ("bare batches"), and a process that only publishes.

  --only LIST       some of commands,loads,start,profile; all of them take about half an hour
  --quick           short rounds and a smaller stream: shows that it works, in three minutes
  --rounds N        of each load (default 5)
  --seconds N       of each round (default 1.25)
  --json FILE       keeps the results, for "report"
  --profile         only the profile: the ten costliest functions under load
  --cpuprofile FILE keeps the profile for the DevTools of a browser

One configuration in place of the suite's list:
  --shape LIST      some of cached (renames of 1,000 persons), create (new persons), hot (renames of
                    one), zipf (renames of 10,000, some far more often); default cached
  --in-flight LIST  commands under way at once (default 1,64,256,1000)
  --replicas 1|3    nats-servers, and copies of the stream
  --instances N     of the service
  --sync-always     with sync_interval: always
  --jitless         without the just-in-time compiler

A deployment (stores events that nobody can delete, of persons made for it and archived at the end):
  --url URL         its NATS server; the login as for "person-service send", from the environment.
                    Next to it round trips: a PING of the same caller and the server's PONG
  --prefix PREFIX   its SUBJECT_PREFIX (default: from the environment, else person)
  --inbox-prefix P  where this login may receive replies
  --env-file FILE   a file with such variables
  --yes             does not ask first

Soak: --minutes N (default 20), --sync-always, --jitless, --json FILE.

Exit status: 0 done, 1 a command was refused or the soak drifted, 2 it could not run,
78 a setting is wrong.`;
