import { randomUUID } from 'node:crypto';
import { systemClock } from '../sandbox/stepfunctions/clock.ts';
import type { Json } from '../sandbox/stepfunctions/interpreter/json.ts';
import { parseDefinition } from '../sandbox/stepfunctions/interpreter/parse-definition.ts';
import { Engine } from '../sandbox/stepfunctions/journal/engine.ts';
import type { StateMachineRecord } from '../sandbox/stepfunctions/journal/records.ts';
import { openStore } from '../sandbox/stepfunctions/journal/store.ts';
import type { CallTask } from '../sandbox/stepfunctions/journal/task-call.ts';
import { taskToken } from '../sandbox/stepfunctions/journal/task-token.ts';

/** An engine in this process, without HTTP, that tells when executions end. */
export interface BenchEngine {
  readonly engine: Engine;
  machine(name: string, definition: object): Promise<StateMachineRecord>;
  /** Starts an execution and resolves with its status and output once it has ended. */
  run(machine: StateMachineRecord, name: string, input: Json): Promise<{ status: string; output: Json | undefined }>;
}

export async function openBenchEngine(folder: string, sync: boolean, call: CallTask): Promise<BenchEngine> {
  const ended = new Map<string, () => void>();
  const engine = new Engine({
    store: await openStore(folder, { sync }),
    clock: systemClock,
    ids: { uuid: randomUUID, random: Math.random, taskToken: (arn) => taskToken(arn, randomUUID()) },
    region: 'us-east-1',
    accountId: '123456789012',
    call,
    onStatusChange: ({ detail }) => {
      if (detail.status !== 'RUNNING') ended.get(detail.executionArn)?.();
    },
    onFault: (fault) => process.stderr.write(`fault: ${String(fault)}\n`),
  });
  return {
    engine,
    async machine(name, value) {
      const definition = JSON.stringify(value);
      const parsed = parseDefinition(definition);
      if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.problems));
      const arn = `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;
      const now = Date.now();
      const roleArn = 'arn:aws:iam::123456789012:role/bench';
      const machine: StateMachineRecord = {
        arn,
        name,
        definition,
        roleArn,
        type: 'STANDARD',
        createDate: now,
        updateDate: now,
        revisionId: randomUUID(),
      };
      await engine.saveMachine(machine);
      return machine;
    },
    async run(machine, name, input) {
      const arn = `arn:aws:states:us-east-1:123456789012:execution:${machine.name}:${name}`;
      const end = new Promise<void>((resolve) => ended.set(arn, resolve));
      const execution = await engine.start({ machine, name, inputText: JSON.stringify(input) });
      await end;
      ended.delete(arn);
      return { status: execution.state.status, output: execution.state.output?.value };
    },
  };
}

/** Runs `job` `count` times, `width` at a time; returns how many a second. */
export async function rate(count: number, width: number, job: (n: number) => Promise<void>): Promise<number> {
  let next = 0;
  const began = performance.now();
  const worker = async () => {
    while (next < count) await job(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return (count * 1000) / (performance.now() - began);
}
