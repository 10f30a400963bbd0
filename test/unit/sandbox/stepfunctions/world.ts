import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settle } from '../../../../sandbox/stepfunctions/cases/run-case.ts';
import type { Json } from '../../../../sandbox/stepfunctions/interpreter/json.ts';
import { parseDefinition } from '../../../../sandbox/stepfunctions/interpreter/parse-definition.ts';
import { Engine } from '../../../../sandbox/stepfunctions/journal/engine.ts';
import type { Execution } from '../../../../sandbox/stepfunctions/journal/execution.ts';
import type { StatusChangeEvent } from '../../../../sandbox/stepfunctions/journal/status-change.ts';
import { openStore } from '../../../../sandbox/stepfunctions/journal/store.ts';
import type { CallTask, TaskCall } from '../../../../sandbox/stepfunctions/journal/task-call.ts';
import { taskToken } from '../../../../sandbox/stepfunctions/journal/task-token.ts';
import { VirtualClock } from '../../../../sandbox/stepfunctions/virtual-clock.ts';

export const never = () => new Promise<never>(() => {});

/** The engine on a clock of the test's, its tasks answered by the test, in a folder of its own. */
export class World {
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly calls: TaskCall[] = [];
  readonly told: StatusChangeEvent[] = [];
  readonly faults: unknown[] = [];
  engine!: Engine;
  answer: CallTask = async ({ arguments: args }) => args;
  onStatusChange: (event: StatusChangeEvent) => void = (event) => this.told.push(event);
  #names = 0;

  private constructor(folder: string, clock: VirtualClock) {
    this.folder = folder;
    this.clock = clock;
  }

  static async open(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'stepfunctions-'));
    const world = new World(folder, new VirtualClock(Date.parse('2026-01-01T00:00:00.123Z')));
    await world.restart();
    return world;
  }

  /** A new engine on what is on disk now. (Real kills are in kill.test.ts.) `change` may alter the disk in between. */
  async restart(change: () => void = () => {}): Promise<void> {
    await (this.engine as Engine | undefined)?.close(); // the first time there is none
    change();
    const uuid = () => `00000000-0000-4000-8000-${String(++this.#names).padStart(12, '0')}`;
    const engine = new Engine({
      store: await openStore(this.folder, { sync: false }),
      clock: this.clock,
      ids: { uuid, random: () => 0.5, taskToken: (arn) => taskToken(arn, uuid()) },
      region: 'us-east-1',
      accountId: '123456789012',
      call: (call) => {
        if (this.engine !== engine) return never();
        this.calls.push(call);
        return this.answer(call);
      },
      onStatusChange: (event) => {
        if (this.engine === engine) this.onStatusChange(event);
      },
      onFault: (fault) => this.faults.push(fault),
    });
    this.engine = engine;
    engine.resume();
    await settle();
  }

  /** Starts an execution of a machine of these states and lets it run as far as it goes without time. */
  async start(
    states: { [name: string]: Json },
    input: Json = {},
    machineFields: object = {},
    inputText = JSON.stringify(input),
  ): Promise<Execution> {
    const definition = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: Object.keys(states)[0],
      States: states,
      ...machineFields,
    });
    const parsed = parseDefinition(definition);
    if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.problems));
    const name = `machine-${++this.#names}`;
    const now = this.clock.now();
    const machine = {
      arn: `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`,
      name,
      definition,
      roleArn: 'arn:aws:iam::123456789012:role/test',
      type: 'STANDARD' as const,
      createDate: now,
      updateDate: now,
      revisionId: `${this.folder}#${name}`,
    };
    await this.engine.saveMachine(machine);
    const execution = await this.engine.start({ machine, name: 'run', inputText });
    await settle();
    return execution;
  }

  /** The execution as the engine that runs now knows it. */
  find({ header }: Execution): Execution {
    const execution = this.engine.store.executions.get(header.arn);
    if (!execution) throw new Error(`there is no ${header.arn}`);
    return execution;
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.pass(seconds * 1000, settle);
    await settle();
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.folder, { recursive: true });
  }
}

export const eventTypes = (execution: Execution): string[] => execution.history.events().map(({ type }) => type);
