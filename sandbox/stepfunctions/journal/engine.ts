import type { Clock } from '../clock.ts';
import { advance, findTask, newExecution, nextTick } from '../interpreter/advance.ts';
import type { Effect, ExecutionInput, HistoryEvent, Ids } from '../interpreter/execution.ts';
import type { Json } from '../interpreter/json.ts';
import { type Execution, isOver, storeExecution } from './execution.ts';
import { History } from './history.ts';
import { Outbox } from './outbox.ts';
import { type StateMachineRecord, stepRecord } from './records.ts';
import type { StatusChangeEvent } from './status-change.ts';
import { StepWriter } from './step-writer.ts';
import { machineOf, type Store } from './store.ts';
import type { CallTask } from './task-call.ts';
import { executionOfToken } from './task-token.ts';
import { Tasks } from './tasks.ts';

export interface EngineOptions {
  store: Store;
  clock: Clock;
  ids: Ids;
  region: string;
  accountId: string;
  call: CallTask;
  /** See TasksOptions; `children` unless told otherwise. */
  jobs?: 'children' | 'outside';
  /** Told of every change of status; when it rejects, it is told again. */
  onStatusChange(event: StatusChangeEvent): void | Promise<void>;
  /** Told of what should never happen. */
  onFault(fault: unknown): void;
}

export interface StartRequest {
  machine: StateMachineRecord;
  name: string;
  inputText: string;
  /** The task that starts it, by its token; `stopsWith` it when the task waits for its end. */
  startedBy?: { token: string; stopsWith: boolean };
}

const isTransition = ({ type }: HistoryEvent): boolean => type.endsWith('StateEntered');

/** Runs executions: takes inputs one at a time, writes each step down, and only then lets its effects happen. */
export class Engine {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly #options: EngineOptions;
  readonly #tasks: Tasks;
  readonly #outbox: Outbox;
  readonly #writer: StepWriter;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.store = options.store;
    this.clock = options.clock;
    this.ids = options.ids;
    this.#outbox = new Outbox(options);
    this.#writer = new StepWriter(options);
    this.#tasks = new Tasks({
      executions: this.store.executions,
      call: options.call,
      jobs: options.jobs ?? 'children',
      input: (execution, input) => this.input(execution, input).catch(() => undefined), // reported by the queue
    });
  }

  /** Takes up every execution where it was. */
  resume(): void {
    for (const execution of this.store.executions.values()) {
      const { status } = execution.state;
      if (isOver(execution)) {
        if (execution.told !== status) this.#outbox.tell(execution, status);
      } else if (this.#isOrphan(execution)) {
        this.#tasks.stopOrphan(execution, executionOfToken(execution.startedBy?.token ?? '') ?? '');
      } else {
        this.#tasks.resume(execution);
        this.#arm(execution);
      }
    }
    for (const { arn, isDeleting } of this.store.machines.values()) {
      if (isDeleting) void this.#finishDeletion(arn).catch(this.#options.onFault);
    }
  }

  /** Whether the task that this execution should have stopped with is gone: the crash came in between. */
  #isOrphan({ startedBy }: Execution): boolean {
    if (!startedBy?.stopsWith) return false;
    const parent = this.store.executions.get(executionOfToken(startedBy.token) ?? '');
    return !parent || !findTask(parent.state.threads.values(), startedBy.token);
  }

  /** Starts an execution under a name that is not taken. Resolves once it is written down. */
  async start({ machine, name, inputText, startedBy }: StartRequest): Promise<Execution> {
    const { region, accountId } = this.#options;
    const startDate = this.clock.now();
    const parsed = machineOf(machine);
    const execution: Execution = {
      header: {
        arn: `arn:aws:states:${region}:${accountId}:execution:${machine.name}:${name}`,
        name,
        stateMachineArn: machine.arn,
        stateMachineName: machine.name,
        roleArn: machine.roleArn,
        startDate,
        // the API has checked that it is JSON
        input: JSON.parse(inputText) as Json,
      },
      inputText,
      revisionId: machine.revisionId,
      startedBy,
      machine: parsed,
      state: newExecution(parsed.TimeoutSeconds, startDate),
      history: new History(),
      archived: false,
      told: undefined,
      queue: Promise.resolve(),
      cancelTimer: undefined,
    };
    const { arn } = execution.header;
    this.store.executions.set(arn, execution); // before the write: the name is taken from now on
    const started = this.#first(execution).catch((error: unknown) => {
      this.store.executions.delete(arn);
      throw error;
    });
    execution.queue = started.catch(() => undefined);
    await started;
    return execution;
  }

  async #first(execution: Execution): Promise<void> {
    const input = { kind: 'start', inputText: execution.inputText } as const;
    const { state, events, effects, fault } = await advance(this.#given(execution), execution.state, input);
    if (fault !== undefined) this.#options.onFault(fault);
    const stored = { ...storeExecution({ ...execution, state }), events };
    await this.store.append({ k: 'execution', execution: stored }, () => {
      execution.state = state;
      execution.history.add(events);
    });
    this.#outbox.tell(execution, 'RUNNING');
    this.#react(execution, effects, true);
  }

  #given({ machine, header }: Execution) {
    return { machine, header, now: this.clock.now(), ids: this.ids };
  }

  /** Gives an execution its next input, after all earlier ones. Resolves once the step is written down. */
  input(execution: Execution, input: ExecutionInput): Promise<void> {
    return this.#enqueue(execution, () => this.#take(execution, input));
  }

  #enqueue(execution: Execution, job: () => Promise<void>): Promise<void> {
    const done = execution.queue.then(job);
    execution.queue = done.catch((fault: unknown) => this.#options.onFault(fault));
    return done;
  }

  async #take(execution: Execution, input: ExecutionInput): Promise<void> {
    if (this.#closed || isOver(execution)) return;
    const before = execution.state;
    const { state, events, effects, fault } = await advance(this.#given(execution), before, input);
    if (fault !== undefined) this.#options.onFault(fault);
    const record = stepRecord(execution.header.arn, before, state, events);
    if (record) {
      await this.#writer.write(record, () => {
        execution.state = state;
        execution.history.add(events);
      });
    }
    if (!this.#closed) this.#react(execution, effects, events.some(isTransition));
  }

  /** `moved`: whether the step made a transition. */
  #react(execution: Execution, effects: Effect[], moved: boolean): void {
    for (const effect of effects) {
      if (effect.kind === 'continue') setImmediate(() => void this.#tick(execution));
      else this.#tasks.perform(execution, effect);
    }
    const arn = execution.header.stateMachineArn;
    const isDeleting = this.store.machines.get(arn)?.isDeleting;
    if (!isOver(execution)) {
      this.#arm(execution);
      if (isDeleting && moved) void this.input(execution, { kind: 'stop' }).catch(() => undefined); // reported by the queue
      return;
    }
    if (isDeleting) void this.#finishDeletion(arn).catch(this.#options.onFault);
    execution.cancelTimer?.();
    execution.cancelTimer = undefined;
    this.#outbox.tell(execution, execution.state.status);
    this.#tasks.ended(execution);
  }

  #arm(execution: Execution): void {
    execution.cancelTimer?.();
    execution.cancelTimer = undefined;
    const at = nextTick(execution.state);
    if (at !== undefined) execution.cancelTimer = this.clock.setTimer(at, () => void this.#tick(execution));
  }

  async #tick(execution: Execution): Promise<void> {
    await this.input(execution, { kind: 'tick' }).catch(() => undefined); // reported by the queue
  }

  /** Hands a callback to the attempt that waits for it. Resolves once it is written down. */
  async callback(token: string, input: ExecutionInput): Promise<'done' | 'gone' | 'invalid'> {
    const arn = executionOfToken(token);
    if (arn === undefined) return 'invalid';
    const execution = this.store.executions.get(arn);
    if (!execution) return 'gone';
    let isWaiting = false;
    await this.#enqueue(execution, async () => {
      const task = findTask(execution.state.threads.values(), token)?.task;
      isWaiting = task?.resource.pattern === 'callback';
      if (isWaiting) await this.#take(execution, input);
    });
    return isWaiting ? 'done' : 'gone';
  }

  /** Creates or changes a state machine. Resolves once it is written down. */
  saveMachine(machine: StateMachineRecord): Promise<void> {
    return this.store.append({ k: 'machine', machine }, () => {
      this.store.machines.set(machine.arn, machine);
      this.store.revisions.set(machine.revisionId, machine);
    });
  }

  /** Deletes a state machine, as AWS does: each of its executions ends at its next transition, and the machine with the last. */
  async deleteMachine(arn: string): Promise<void> {
    const machine = this.store.machines.get(arn);
    if (!machine) return;
    if (!machine.isDeleting) await this.saveMachine({ ...machine, isDeleting: true });
    await this.#finishDeletion(arn);
  }

  async #finishDeletion(arn: string): Promise<void> {
    const ofMachine = (execution: Execution) => execution.header.stateMachineArn === arn && !isOver(execution);
    if ([...this.store.executions.values()].some(ofMachine)) return;
    await this.store.append({ k: 'machine-deleted', arn }, () => this.store.machines.delete(arn));
  }

  /** Stops taking inputs; what is written down waits for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#outbox.close();
    this.#tasks.close();
    this.#writer.close();
    const executions = [...this.store.executions.values()];
    for (const execution of executions) execution.cancelTimer?.();
    await Promise.all(executions.map(({ queue }) => queue));
    await this.store.close();
  }
}
