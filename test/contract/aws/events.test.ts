import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, it } from 'vitest';
import type { RegisteredFunction } from '../../../sandbox/aws/invoke-function.ts';
import { type BusEvent, type EventRule, invokeThroughLambda, startEvents } from '../../../sandbox/aws/start-events.ts';
import { startLambda } from '../../../sandbox/aws/start-lambda.ts';
import { clientSettings } from './client-settings.ts';
import { closedAfterwards } from './opened.ts';

const deadExecutions: EventRule = {
  name: 'dead-executions',
  pattern: { source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } },
  targets: ['guardian'],
};

/** Resolves with the first `count` events that it was called with. */
function collector(count: number): {
  invoke: (name: string, event: BusEvent) => Promise<void>;
  events: Promise<BusEvent[]>;
} {
  const seen: BusEvent[] = [];
  let done: (events: BusEvent[]) => void;
  const events = new Promise<BusEvent[]>((resolve) => {
    done = resolve;
  });
  const invoke = async (_name: string, event: BusEvent): Promise<void> => {
    seen.push(event);
    if (seen.length === count) done(seen);
  };
  return { invoke, events };
}

it('brings an event that a rule matches to its function, through Lambda', async () => {
  let arrived: (event: unknown) => void = () => undefined;
  const event = new Promise((resolve) => {
    arrived = resolve;
  });
  const guardian: RegisteredFunction = { timeoutMs: 1000, handler: async (given) => arrived(given) };
  const keys = new Map([['AKIAEVENTS', { secretAccessKey: 's', roleName: 'events' }]]);
  const lambda = await closedAfterwards(startLambda({ port: 0, functions: new Map([['guardian', guardian]]), keys }));
  const invoke = invokeThroughLambda(lambda.endpoint, 'AKIAEVENTS');
  const events = await closedAfterwards(startEvents({ port: 0, rules: [deadExecutions], invoke }));

  const { id, delivered } = events.deliver({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: { status: 'TIMED_OUT', name: 'a' },
  });

  await expect(delivered).resolves.toBeUndefined();
  expect(await event).toMatchObject({
    id,
    version: '0',
    account: '123456789012',
    detail: { status: 'TIMED_OUT', name: 'a' },
  });
});

it('takes events from clients, matches each against the rules, and refuses a malformed detail', async () => {
  const { invoke, events: arrived } = collector(1);
  const events = await closedAfterwards(startEvents({ port: 0, rules: [deadExecutions], invoke }));
  const client = new EventBridgeClient(clientSettings(events.endpoint));
  const entry = { Source: 'aws.states', DetailType: 'Step Functions Execution Status Change' };

  const answer = await client.send(
    new PutEventsCommand({
      Entries: [
        { ...entry, Detail: '{"status":"SUCCEEDED"}' },
        { ...entry, Detail: 'no json' },
        { ...entry, Detail: '{"status":"FAILED"}', Time: new Date('2026-11-20T10:00:00Z') },
      ],
    }),
  );
  const rules = await client.send(new ListRulesCommand({}));

  expect(answer.FailedEntryCount).toBe(1);
  expect(answer.Entries?.map((one) => one.ErrorCode)).toEqual([undefined, 'MalformedDetail', undefined]);
  expect(await arrived).toMatchObject([{ detail: { status: 'FAILED' }, time: '2026-11-20T10:00:00Z' }]);
  expect(rules.Rules?.map((rule) => rule.Name)).toEqual(['dead-executions']);
});

it('tries a target again that could not be reached, and says when it gives up', async () => {
  let calls = 0;
  const invoke = async (): Promise<void> => {
    calls += 1;
    throw new Error('connection refused');
  };
  let giveUp: (functionName: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    giveUp = resolve;
  });
  const onLost = (_event: BusEvent, functionName: string): void => giveUp(functionName);
  const rules = [deadExecutions];
  const events = await closedAfterwards(startEvents({ port: 0, rules, invoke, retryDelaysMs: [1, 1], onLost }));

  const { delivered } = events.deliver({ source: 'aws.states', 'detail-type': 'x', detail: { status: 'FAILED' } });

  await expect(delivered).rejects.toThrow('connection refused');
  expect(await lost).toBe('guardian');
  expect(calls).toBe(3);
});

it('says of an event that its target had not accepted when the bus closed', async () => {
  const invoke = async (): Promise<void> => {
    throw new Error('connection refused');
  };
  const events = await startEvents({ port: 0, rules: [deadExecutions], invoke, retryDelaysMs: [60_000] });
  const { delivered } = events.deliver({ source: 'aws.states', 'detail-type': 'x', detail: { status: 'FAILED' } });

  await events.close();

  await expect(delivered).rejects.toThrow('The bus closed before guardian had accepted the event');
});

it('refuses to start with a pattern that it does not understand', async () => {
  const pattern = { detail: { status: [{ wildcard: 'FAIL*' }] } } as unknown as EventRule['pattern']; // Wrong on purpose.

  const starting = startEvents({ port: 0, rules: [{ ...deadExecutions, pattern }], invoke: async () => undefined });

  await expect(starting).rejects.toThrow('dead-executions: pattern.detail.status');
});
