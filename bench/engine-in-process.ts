import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import { openBenchEngine, rate } from './bench-engine.ts';
import { chain, chainTwin, echo, fiveStates, fiveStatesTwin } from './engine-machines.ts';
import type { Contestant } from './interleave.ts';

const executions = 2_000;
const atATime = 100;
const chains = 10;

const chainLength = 1_000;

function check(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted))
    throw new Error(`${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}

/** Runs `measure` with an engine on a folder of its own, which stays for all rounds. */
async function ours(
  about: Pick<Contestant, 'name' | 'target'>,
  sync: boolean,
  measure: (bench: Awaited<ReturnType<typeof openBenchEngine>>, round: number) => Promise<number>,
): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
  const bench = await openBenchEngine(folder, sync, echo);
  let round = 0;
  return {
    ...about,
    round: () => measure(bench, round++),
    async close() {
      await bench.engine.close();
      rmSync(folder, { recursive: true });
    },
  };
}

type PeerDefinition = ConstructorParameters<typeof StateMachine>[0];
type PeerJson = Parameters<StateMachine['run']>[0];

/** Executions a second of the machine with five states, from start to end. */
export async function fiveStateContestants(): Promise<Contestant[]> {
  const five = async (bench: Awaited<ReturnType<typeof openBenchEngine>>, round: number) => {
    const machine = await bench.machine(`five-${round}`, fiveStates);
    return rate(executions, atATime, async (n) =>
      check(await bench.run(machine, `e${n}`, { n }), { status: 'SUCCEEDED', output: { kept: n + 1 } }),
    );
  };
  // its type wants mutable lists, which it does not change
  const peer = new StateMachine(fiveStatesTwin as unknown as PeerDefinition);
  const taskResourceLocalHandlers = { Work: async (input: PeerJson) => input };
  return [
    await ours({ name: 'five states, in process, durable without sync', target: '≥ 2,000/s' }, false, five),
    await ours({ name: 'five states, in process, durable with sync' }, true, five),
    {
      name: 'five states, aws-local-stepfunctions, keeps nothing',
      round: () =>
        rate(executions, atATime, async (n) =>
          check(await peer.run({ n }, { overrides: { taskResourceLocalHandlers } }).result, { kept: n + 1 }),
        ),
    },
  ];
}

/** Transitions a second of a chain of Pass states. */
export async function chainContestants(): Promise<Contestant[]> {
  const peer = new StateMachine(chainTwin(chainLength));
  const name = `transitions in a chain of ${chainLength} Pass states`;
  return [
    await ours({ name }, false, async (bench, round) => {
      const machine = await bench.machine(`chain-${round}`, chain(chainLength));
      const job = async (n: number) =>
        check(await bench.run(machine, `e${n}`, { n: 0 }), { status: 'SUCCEEDED', output: { n: chainLength } });
      return (await rate(chains, 1, job)) * chainLength;
    }),
    {
      name: 'the same, aws-local-stepfunctions',
      round: async () =>
        (await rate(chains, 1, async () => check(await peer.run({ n: 0 }).result, { n: chainLength }))) * chainLength,
    },
  ];
}
