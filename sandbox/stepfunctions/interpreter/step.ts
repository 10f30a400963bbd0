import { contextOf, type Moment } from './context.ts';
import type { AssignTemplate, Machine, State, StatesMap, Template } from './definition.ts';
import type {
  Effect,
  ExecutionHeader,
  ExecutionState,
  HistoryEvent,
  Ids,
  Thread,
  ThreadId,
  Visit,
} from './execution.ts';
import { evaluateTemplate, type Scope } from './expressions.ts';
import { errorNames, StateFailure } from './failure.ts';
import type { Json, JsonObject } from './json.ts';
import { fitsPayload, type Payload } from './payload.ts';
import { statesOf } from './threads.ts';
import { checkVariables } from './variables.ts';

/** Everything a step is given. */
export interface StepGiven {
  readonly machine: Machine;
  readonly header: ExecutionHeader;
  readonly now: number;
  readonly ids: Ids;
}

/** How a branch or an iteration ended, for the state that it belongs to. */
export type ThreadEnd =
  | { readonly id: ThreadId; readonly output: Payload; readonly failure?: undefined }
  | { readonly id: ThreadId; readonly failure: StateFailure };

/** Most history events of one execution (Step Functions quota). */
export const historyLimit = 25_000;

/** Raised where the history is full: the execution fails whatever its states say. */
export class HistoryFull extends Error {}

/** One step being taken: a draft of the next state that leaves the given one untouched. */
export class Step {
  readonly given: StepGiven;
  readonly events: HistoryEvent[] = [];
  readonly effects: Effect[] = [];
  /** Branches and iterations that have ended in this step, and of which their state does not know yet. */
  readonly ended: ThreadEnd[] = [];
  /** Threads with something to do at once. */
  readonly runnable: ThreadId[] = [];
  readonly #threads: Map<ThreadId, Thread>;
  #state: ExecutionState;

  constructor(given: StepGiven, state: ExecutionState) {
    this.given = given;
    this.#state = state;
    this.#threads = new Map(state.threads);
  }

  get running(): boolean {
    return this.#state.status === 'RUNNING';
  }

  get state(): ExecutionState {
    return { ...this.#state, eventCount: this.#state.eventCount, threads: this.#threads };
  }

  get deadline(): number | undefined {
    return this.#state.deadline;
  }

  threads(): Thread[] {
    return [...this.#threads.values()];
  }

  find(id: ThreadId): Thread | undefined {
    return this.#threads.get(id);
  }

  thread(id: ThreadId): Thread {
    const thread = this.#threads.get(id);
    if (!thread) throw new Error(`execution ${this.given.header.arn} has no thread ${id}`);
    return thread;
  }

  put(thread: Thread): Thread {
    this.#threads.set(thread.id, thread);
    return thread;
  }

  remove(id: ThreadId): void {
    this.#threads.delete(id);
  }

  /** Ends the execution. */
  end(ending: Pick<ExecutionState, 'status' | 'output' | 'error' | 'cause'>): void {
    this.#threads.clear();
    this.runnable.length = 0;
    this.ended.length = 0;
    this.#state = { ...this.#state, ...ending, stopDate: this.given.now };
  }

  /** Adds a history event that follows `previous`, and returns its id. */
  record(type: string, previous: number, details: Partial<HistoryEvent> = {}): number {
    const id = this.#state.eventCount + 1;
    // the last place belongs to the event that ends the execution
    if (id >= historyLimit && !type.startsWith('Execution')) throw new HistoryFull();
    this.#state = { ...this.#state, eventCount: id };
    this.events.push({ id, previousEventId: previous, timestamp: this.given.now, type, ...details });
    return id;
  }

  /** Adds a history event at the end of the thread's own chain. */
  recordOn(id: ThreadId, type: string, details: Partial<HistoryEvent> = {}): number {
    const thread = this.thread(id);
    const event = this.record(type, thread.previous, details);
    this.put({ ...thread, previous: event });
    return event;
  }

  setVisit(id: ThreadId, visit: Visit): Thread {
    return this.put({ ...this.thread(id), visit });
  }

  visitOf(id: ThreadId): Visit {
    const { visit } = this.thread(id);
    if (!visit) throw new Error(`thread ${id} of ${this.given.header.arn} is in no state`);
    return visit;
  }

  statesOf(id: ThreadId): StatesMap {
    return statesOf(this.given.machine, this.#threads, id);
  }

  definitionOf(id: ThreadId): State {
    const { state } = this.visitOf(id);
    const definition = this.statesOf(id).States[state];
    if (!definition) throw new Error(`there is no state ${state} in ${this.given.header.stateMachineArn}`);
    return definition;
  }

  /** What expressions of the thread's current state may see. */
  scope(id: ThreadId, moment: Moment = {}): Scope {
    const visit = this.visitOf(id);
    const states: JsonObject = {
      input: visit.input.value,
      context: contextOf(this, id, moment),
      ...(moment.result === undefined ? {} : { result: moment.result }),
      ...(moment.errorOutput === undefined ? {} : { errorOutput: moment.errorOutput }),
    };
    return { states, variables: this.#variables(id), now: this.given.now, ids: this.given.ids };
  }

  #variables(id: ThreadId): Record<string, Json> {
    const thread = this.thread(id);
    return thread.parent === undefined ? thread.variables : { ...this.#variables(thread.parent), ...thread.variables };
  }

  /** Evaluates an Output (or takes `fallback`) and checks the payload limit. `holder`: `Choices[0]/` or `Catch[0]/`. */
  async output(
    id: ThreadId,
    template: Template | undefined,
    fallback: Payload,
    moment: Moment = {},
    holder = '',
  ): Promise<Payload> {
    const payload =
      template === undefined
        ? fallback
        : { value: await evaluateTemplate(template, this.scope(id, moment), `${holder}Output`) };
    if (fitsPayload(payload)) return payload;
    throw new StateFailure({
      error: errorNames.dataLimit,
      cause: `The state/task '${this.visitOf(id).state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      terminal: true,
    });
  }

  /** Evaluates an Assign; every expression sees the variables as they were. */
  async assigned(
    id: ThreadId,
    template: AssignTemplate | undefined,
    moment: Moment = {},
    holder = '',
  ): Promise<JsonObject | undefined> {
    if (template === undefined) return undefined;
    const values: [string, Json][] = [];
    const scope = this.scope(id, moment);
    for (const [name, value] of Object.entries(template)) {
      values.push([name, await evaluateTemplate(value, scope, `${holder}Assign/${name}`)]);
    }
    const assigned = Object.fromEntries(values);
    checkVariables(this.threads(), id, assigned);
    return assigned;
  }
}
