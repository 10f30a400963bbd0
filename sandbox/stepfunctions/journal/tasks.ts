import { findTask } from '../interpreter/advance.ts';
import type { Effect, ExecutionInput } from '../interpreter/execution.ts';
import { isObject, type Json } from '../interpreter/json.ts';
import { childOutcome } from './child-outcome.ts';
import type { Execution } from './execution.ts';
import { type CallTask, TaskError } from './task-call.ts';

type TaskEffect = Exclude<Effect, { kind: 'continue' }>;
type Call = Extract<Effect, { kind: 'call' }>;

export interface TasksOptions {
  executions: ReadonlyMap<string, Execution>;
  call: CallTask;
  /** Who says that a `.sync` job has ended: the child execution in this engine, or an `input` from outside. */
  jobs: 'children' | 'outside';
  /** Gives an execution its next input; never rejects. */
  input(execution: Execution, input: ExecutionInput): Promise<void>;
}

/** The tasks under way: calls to services, and children that are waited for. */
export class Tasks {
  readonly #options: TasksOptions;
  readonly #calls = new Map<string, AbortController>();
  /** Tasks that wait for an execution to end, by its ARN. */
  readonly #watchers = new Map<string, { arn: string; token: string }[]>();
  #closed = false;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  perform(execution: Execution, effect: TaskEffect): void {
    if (effect.kind === 'call') void this.#call(execution, effect);
    else if (effect.kind === 'watch') this.#watch(execution, effect.token, effect.submitted);
    else {
      this.#calls.get(effect.token)?.abort();
      if (effect.resource.pattern === 'sync' && effect.submitted !== undefined)
        this.#stopChild(execution, effect.submitted);
    }
  }

  /** Begins or resumes what the execution's tasks wait for, after a restart. */
  resume(execution: Execution): void {
    for (const { visit } of execution.state.threads.values()) {
      if (visit?.activity.kind !== 'task') continue;
      const { token, resource, submitted, arguments: args } = visit.activity;
      if (submitted === undefined) this.perform(execution, { kind: 'call', token, resource, arguments: args });
      else if (resource.pattern === 'sync') this.#watch(execution, token, submitted);
    }
  }

  async #call(execution: Execution, { token, resource, arguments: args }: Call): Promise<void> {
    const controller = new AbortController();
    this.#calls.set(token, controller);
    let input: ExecutionInput;
    try {
      const { signal } = controller;
      const executionArn = execution.header.arn;
      const output = await this.#options.call({ token, executionArn, resource, arguments: args, signal });
      input = { kind: 'responded', token, output };
    } catch (error) {
      input = { kind: 'task-failed', token, ...describe(error) };
    }
    this.#calls.delete(token);
    if (this.#closed) return;
    const isOver = !findTask(execution.state.threads.values(), token);
    if (isOver && input.kind === 'responded' && resource.pattern === 'sync') this.#stopChild(execution, input.output);
    await this.#options.input(execution, input);
  }

  #watch(execution: Execution, token: string, submitted: Json): void {
    if (this.#options.jobs === 'outside') return;
    const watcher = { arn: execution.header.arn, token };
    const arn = childArn(submitted);
    const child = this.#options.executions.get(arn);
    if (child?.state.status === 'RUNNING') this.#watchers.set(arn, [...(this.#watchers.get(arn) ?? []), watcher]);
    else this.#report(child, watcher);
  }

  /** An execution has ended: those who wait for it go on. */
  ended(execution: Execution): void {
    const { arn } = execution.header;
    const watchers = this.#watchers.get(arn) ?? [];
    this.#watchers.delete(arn);
    for (const watcher of watchers) this.#report(execution, watcher);
  }

  #report(child: Execution | undefined, { arn, token }: { arn: string; token: string }): void {
    const parent = this.#options.executions.get(arn);
    const task = parent && findTask(parent.state.threads.values(), token)?.task;
    if (parent && task) void this.#options.input(parent, childOutcome(child, task));
  }

  /** `.sync` children stop with their parent. */
  #stopChild(parent: Execution, submitted: Json): void {
    const child = this.#options.executions.get(childArn(submitted));
    if (child) this.stopOrphan(child, parent.header.arn);
  }

  stopOrphan(child: Execution, parentArn: string): void {
    const cause = `The Task state in AWS Step Functions execution [${parentArn}] which was managing this resource was aborted`;
    void this.#options.input(child, { kind: 'stop', cause });
  }

  close(): void {
    this.#closed = true;
    for (const call of this.#calls.values()) call.abort();
  }
}

function describe(error: unknown): { error?: string; cause: string } {
  if (error instanceof TaskError)
    return { ...(error.error === '' ? {} : { error: error.error }), cause: error.message };
  return { error: 'States.Runtime', cause: error instanceof Error ? error.message : String(error) };
}

function childArn(submitted: Json): string {
  const arn = isObject(submitted) ? submitted.ExecutionArn : undefined;
  return typeof arn === 'string' ? arn : '';
}
