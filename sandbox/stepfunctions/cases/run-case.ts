import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionInput, HistoryEvent } from '../interpreter/execution.ts';
import type { Json } from '../interpreter/json.ts';
import { parseDefinition } from '../interpreter/parse-definition.ts';
import { Engine } from '../journal/engine.ts';
import type { Execution } from '../journal/execution.ts';
import { openStore } from '../journal/store.ts';
import { type CallTask, TaskError } from '../journal/task-call.ts';
import { taskToken } from '../journal/task-token.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { asRecorderKept } from './as-recorder-kept.ts';
import type { AslCase, CaseTools, Stub } from './asl-case.ts';
import { difference } from './difference.ts';

export interface CaseResult {
  outcome: boolean;
  strict: boolean;
  /** The first difference in the outcome. */
  why: string | undefined;
  /** The first difference in the history. */
  history: string | undefined;
}

const failed = (why: string): CaseResult => ({ outcome: false, strict: false, why, history: undefined });

/** Runs one case: its tasks answered as AWS recorded them, through a journal that is then read again. */
export async function runCase(recorded: AslCase, tools: CaseTools): Promise<CaseResult> {
  const definition = JSON.stringify(recorded.definition);
  const parsed = parseDefinition(definition);
  if (parsed.kind === 'invalid') {
    return failed(`refused: ${parsed.problems.map(({ location, message }) => `${location}: ${message}`).join('; ')}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'asl-case-'));
  try {
    return await runIn(folder, recorded, definition, tools);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runIn(folder: string, recorded: AslCase, definition: string, tools: CaseTools): Promise<CaseResult> {
  const stub = tools.makeStubs(recorded, { hang: () => new Promise<never>(() => {}) });
  const clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const faults: unknown[] = [];
  let names = 0;
  const uuid = () => `00000000-0000-4000-8000-${String(++names).padStart(12, '0')}`;
  const engine = new Engine({
    store: await openStore(folder, { sync: false }),
    clock,
    ids: { uuid, random: () => 0.5, taskToken: (arn) => taskToken(arn, uuid()) },
    region: 'us-east-1',
    accountId: '111111111111',
    call: (call) => callStub(engine, stub, call),
    jobs: 'outside',
    onStatusChange: () => {},
    onFault: (fault) => faults.push(fault),
  });
  const machine = {
    arn: 'arn:aws:states:us-east-1:111111111111:stateMachine:machine',
    name: 'machine',
    definition,
    roleArn: 'arn:aws:iam::111111111111:role/machine',
    type: 'STANDARD' as const,
    createDate: clock.now(),
    updateDate: clock.now(),
    revisionId: `${folder}#1`,
  };
  await engine.saveMachine(machine);
  const execution = await engine.start({ machine, name: 'case', inputText: recorded.inputText });
  await settle();
  while (execution.state.status === 'RUNNING' && clock.advance()) await settle();
  await engine.close();
  const again = await openStore(folder, { sync: false });
  const replayed = again.executions.get(execution.header.arn);
  await again.close();
  if (faults.length > 0) return failed(`fault: ${String(faults[0])}`);
  if (JSON.stringify(replayed?.history.events()) !== JSON.stringify(execution.history.events()))
    return failed('the journal reads otherwise');
  return judge(recorded, execution, stub, tools);
}

/** Everything in memory has come to rest: nothing here waits for anything but promises and the next turn of the loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function judge(recorded: AslCase, { state, history }: Execution, stub: Stub, tools: CaseTools): CaseResult {
  const events = history.events();
  const { status, output, error, cause } = state;
  const { outcome, strict, why } = tools.compareOutcome(recorded, { status, output: output?.value, error, cause });
  const mismatch = stub.mismatches[0];
  const entered = difference(recorded.expected.states ?? statesOf(events), statesOf(events), [], 'states');
  if (entered !== undefined) return { outcome, strict: false, why: why ?? entered, history: undefined };
  if (mismatch !== undefined) return { outcome, strict: false, why: mismatch, history: undefined };
  const kept = recorded.eventsReordered ? asRecorderKept(events) : events;
  const bare = kept.map(withoutTimeAndRole);
  return { outcome, strict, why: why ?? undefined, history: tools.compareEvents(recorded, bare, 'full') ?? undefined };
}

/** The states entered, in order. */
const statesOf = (events: readonly HistoryEvent[]): unknown[] =>
  events.flatMap(({ stateEnteredEventDetails: entered }) => (entered ? [entered.name] : []));

/** The recordings leave both out. */
function withoutTimeAndRole({
  timestamp: _timestamp,
  executionStartedEventDetails: started,
  ...event
}: HistoryEvent): object {
  if (!started) return event;
  const { roleArn: _roleArn, ...details } = started;
  return { ...event, executionStartedEventDetails: details };
}

async function callStub(
  engine: Engine,
  stub: Stub,
  { executionArn, token, resource, arguments: args }: Parameters<CallTask>[0],
): Promise<Json> {
  const execution = engine.store.executions.get(executionArn);
  const threads = [...(execution?.state.threads.values() ?? [])];
  const visit = threads
    .map((thread) => thread.visit)
    .find((v) => v?.activity.kind === 'task' && v.activity.token === token);
  if (!execution || !visit) throw new Error('the call belongs to no task');
  const answer = stub(visit.state, args).catch((error: Error) => {
    throw new TaskError(error.name, error.message);
  });
  const submitted = stub.last?.submitted;
  if (resource.pattern === 'request-response' || submitted === undefined) return answer;
  const report = (input: ExecutionInput) => engine.input(execution, input);
  void answer.then(
    async (output) => {
      await settle();
      await report({ kind: 'task-succeeded', token, output });
    },
    async (error: TaskError) => {
      await settle();
      await report({ kind: 'task-failed', token, error: error.error, cause: error.message });
    },
  );
  return submitted;
}
