import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { type FunctionName, functionNames } from '../../cdk/function-names.ts';
import { functionSizes } from '../../cdk/function-sizes.ts';
import type { Recorded } from '../../test/support/aws-calls.ts';
import { prices as listPrices, type Prices } from './prices.ts';

/** One invocation of a function. */
export interface Invocation {
  readonly name: FunctionName;
  /** In ms. */
  readonly took: number;
  /** Of the state that invoked it; null when it was a request. */
  readonly state: string | null;
}

/** What was used of AWS. */
export interface Usage {
  transitions: number;
  invocations: Invocation[];
  requests: readonly { by: FunctionName; recorded: Recorded }[];
  httpRequests: number;
  /** Of the machines' logs. */
  logBytes: number;
}

/** What one execution's history shows. Every state that is entered is a transition, and so is every retry. */
export function usageOf(history: readonly HistoryEvent[]): Pick<Usage, 'transitions' | 'invocations' | 'logBytes'> {
  const entered = history.filter(({ type }) => type?.endsWith('StateEntered'));
  const tasks = entered.filter(({ type }) => type === 'TaskStateEntered').length;
  const scheduled = history.filter(({ type }) => type === 'TaskScheduled');
  const invocations: Invocation[] = [];
  for (const [index, event] of history.entries()) {
    if (event.type !== 'TaskScheduled' || !event.taskScheduledEventDetails?.resource?.startsWith('invoke')) continue;
    // With a callback the function has answered once the task is submitted, whenever the callback comes.
    const done = history
      .slice(index)
      .find(({ type }) => /^Task(Submitted|Succeeded|Failed|TimedOut)$/.test(type ?? ''));
    const { FunctionName: called = '' } = JSON.parse(event.taskScheduledEventDetails.parameters ?? '{}');
    const name = functionNames.find((one) => called.endsWith(`sluice-${one}`));
    if (name === undefined || done === undefined) continue;
    const state = history.slice(0, index).findLast(({ type }) => type === 'TaskStateEntered');
    invocations.push({
      name,
      took: (done.timestamp?.getTime() ?? 0) - (event.timestamp?.getTime() ?? 0),
      state: state?.stateEnteredEventDetails?.name ?? null,
    });
  }
  return {
    transitions: entered.length + Math.max(0, scheduled.length - tasks),
    invocations,
    logBytes: history.reduce((sum, event) => sum + JSON.stringify({ ...event, ...withoutData }).length, 0),
  };
}

/** The machines' logs have no data. */
const withoutData = {
  stateEnteredEventDetails: {},
  stateExitedEventDetails: {},
  taskScheduledEventDetails: {},
  taskSucceededEventDetails: {},
  executionStartedEventDetails: {},
};

/** On Lambda the first call of each function starts it; all of a deployment's calls find it warm afterwards. In ms. */
const coldStart = 1_000;
/** Its own START, END and REPORT, and what it logs itself. */
const logBytesOfInvocation = 800;

/** Dollars by what they are for. */
export function priceOf(
  { transitions, invocations, requests, httpRequests, logBytes }: Usage,
  prices: Prices = listPrices,
): Record<string, number> {
  const used = new Set(invocations.map(({ name }) => name));
  const gigabyteSeconds = [
    ...invocations.map(({ name, took }) => (took / 1_000) * (functionSizes[name].memory / 1_024)),
    ...[...used].map((name) => (coldStart / 1_000) * (functionSizes[name].memory / 1_024)),
  ].reduce((sum, one) => sum + one, 0);
  const { reads, writes } = tableUnits(requests);
  const count = (service: string) => requests.filter(({ recorded }) => recorded.service === service).length;
  const logs = logBytes + invocations.length * logBytesOfInvocation;
  return {
    'state transitions': transitions * prices.stateTransition,
    'functions, time': gigabyteSeconds * prices.lambda.gigabyteSecond,
    'functions, calls': invocations.length * prices.lambda.request,
    'table, writes': writes * prices.dynamodb.writeUnit,
    'table, reads': reads * prices.dynamodb.readUnit,
    mails: count('ses') * prices.mail,
    events: count('events') * prices.customEvent,
    anchors: count('s3') * (prices.s3Put + prices.kms.request),
    'HTTP requests': httpRequests * prices.httpApiRequest,
    'secrets and keys': count('secretsmanager') * (prices.secretsManager.request + prices.kms.request),
    logs: (logs / 1e9) * prices.cloudWatch.logGigabyte,
    traces: (invocations.length + 1) * prices.trace,
  };
}

/** Units as DynamoDB counts them: 1 KB of a write, again for the index that has a copy of each operation; 4 KB of a read. */
function tableUnits(requests: Usage['requests']): { reads: number; writes: number } {
  let reads = 0;
  let writes = 0;
  for (const { recorded } of requests.filter(({ recorded: { service } }) => service === 'dynamodb')) {
    const operation = recorded.target?.split('.')[1];
    // The request of an update has less than the item: what it has, and a KB for the rest.
    const size = Math.ceil(recorded.body.length / 1_024) + (operation === 'UpdateItem' ? 1 : 0);
    const indexed = recorded.body.includes('"sk":{"S":"OPERATION"}');
    if (operation === 'GetItem' || operation === 'Query') reads += 1;
    else writes += size * (indexed ? 2 : 1);
  }
  return { reads, writes };
}

export const total = (costs: Record<string, number>): number => Object.values(costs).reduce((sum, one) => sum + one, 0);
