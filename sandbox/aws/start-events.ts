import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { AccessKeys } from './authenticate-sigv4.ts';
import type { StandIn } from './listener.ts';
import { checkPattern, type EventPattern, matchPattern } from './match-pattern.ts';
import { startAwsJson } from './start-aws-json.ts';

/** An event as targets receive it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  readonly region: string;
  /** ISO 8601, whole seconds, UTC. */
  readonly time: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export type NewEvent = Pick<BusEvent, 'source' | 'detail-type' | 'detail'> &
  Partial<Pick<BusEvent, 'resources' | 'time'>>;

export interface EventRule {
  readonly name: string;
  readonly pattern: EventPattern;
  /** Names of Lambda functions. */
  readonly targets: readonly string[];
  /** The default one without it. */
  readonly bus?: string;
}

export interface EventsStandIn extends StandIn {
  /**
   * Puts an event on the bus, as other AWS services do. Targets are invoked afterwards: `delivered` resolves once every one
   * of them has accepted it, and rejects when one could not be reached, or the bus closed before.
   */
  deliver(event: NewEvent): { id: string; delivered: Promise<void> };
}

/** What a rule with a schedule sends. */
export const scheduledEvent = (): BusEvent => ({
  version: '0',
  id: randomUUID(),
  source: 'aws.events',
  'detail-type': 'Scheduled Event',
  account: '123456789012',
  region: 'us-east-1',
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  resources: [],
  detail: {},
});

const PutEvents = z.object({
  Entries: z
    .array(
      z.object({
        Source: z.string().min(1),
        DetailType: z.string().min(1),
        Detail: z.string(),
        Resources: z.array(z.string()).optional(),
        Time: z.union([z.number(), z.string()]).optional(),
        EventBusName: z.string().optional(),
      }),
    )
    .min(1)
    .max(10),
});

/** What `GET /store` shows: the newest events of every bus. */
const mostShown = 1_000;

/**
 * Starts EventBridge: PutEvents on the default bus and on `buses`, ListRules and ListTargetsByRule. `GET /store` lists what came from
 * clients, oldest first, as for mail. Undelivered events do not survive the process.
 */
export async function startEvents(options: {
  port: number;
  rules: readonly EventRule[];
  /** Names of buses besides `default`. */
  buses?: readonly string[];
  /** Invokes a target asynchronously; see `invokeThroughLambda`. */
  invoke: (functionName: string, event: BusEvent) => Promise<void>;
  /** Waits before a target that could not be reached is tried again (AWS: up to a day). Default 0.5, 1, 2 and 4 s. */
  retryDelaysMs?: readonly number[];
  /** Told when a target could not be reached at all. */
  onLost?: (event: BusEvent, functionName: string, error: unknown) => void;
  region?: string;
  accountId?: string;
  keys?: AccessKeys | undefined;
}): Promise<EventsStandIn> {
  for (const rule of options.rules) checkPattern(rule.pattern, `${rule.name}: pattern`);
  const region = options.region ?? 'us-east-1';
  const account = options.accountId ?? '123456789012';
  const retryDelaysMs = options.retryDelaysMs ?? [500, 1000, 2000, 4000];
  const stopping = new AbortController();

  const send = async (functionName: string, event: BusEvent): Promise<void> => {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        return await options.invoke(functionName, event);
      } catch (error) {
        const wait = retryDelaysMs[attempt];
        if (wait === undefined) {
          options.onLost?.(event, functionName, error);
          throw error;
        }
        await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
    throw new Error(`The bus closed before ${functionName} had accepted the event ${event.id}.`);
  };
  const buses = new Set(['default', ...(options.buses ?? [])]);
  const shown: (BusEvent & { bus: string })[] = [];
  const deliver = (given: NewEvent, bus = 'default'): { id: string; event: BusEvent; delivered: Promise<void> } => {
    const time = `${(given.time ?? new Date().toISOString()).slice(0, 19)}Z`;
    const event: BusEvent = { version: '0', id: randomUUID(), account, region, resources: [], ...given, time };
    const targets = options.rules
      .filter((rule) => (rule.bus ?? 'default') === bus && matchPattern(rule.pattern, event))
      .flatMap((rule) => rule.targets);
    const delivered = Promise.all(targets.map((target) => send(target, event))).then(() => undefined);
    delivered.catch(() => undefined); // who wants to know asks
    return { id: event.id, event, delivered };
  };

  const arnOf = (rule: EventRule): string => `arn:aws:events:${region}:${account}:rule/${rule.name}`;
  const listener = await startAwsJson({
    port: options.port,
    targetPrefix: 'AWSEvents',
    protocol: '1.1',
    invalidInput: 'ValidationException',
    keys: options.keys,
    store: () => ({ events: shown }),
    operations: {
      PutEvents: (input) => {
        const entries = PutEvents.parse(input).Entries.map((entry) => {
          const bus = (entry.EventBusName ?? 'default').replace(/^arn:.*:event-bus\//, '');
          if (!buses.has(bus)) {
            return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `Event bus ${bus} does not exist.` };
          }
          const detail = parseDetail(entry.Detail);
          if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
          const time = entry.Time === undefined ? {} : { time: isoTime(entry.Time) };
          const event = {
            source: entry.Source,
            'detail-type': entry.DetailType,
            detail,
            resources: entry.Resources ?? [],
          };
          const put = deliver({ ...event, ...time }, bus);
          shown.push({ ...put.event, bus });
          if (shown.length > mostShown) shown.shift();
          return { EventId: put.id };
        });
        return { FailedEntryCount: entries.filter((entry) => 'ErrorCode' in entry).length, Entries: entries };
      },
      ListRules: () => ({
        Rules: options.rules.map((rule) => ({
          Name: rule.name,
          Arn: arnOf(rule),
          EventPattern: JSON.stringify(rule.pattern),
          State: 'ENABLED',
          EventBusName: rule.bus ?? 'default',
        })),
      }),
      ListTargetsByRule: (input) => {
        const { Rule } = z.object({ Rule: z.string() }).parse(input);
        const targets = options.rules.find((rule) => rule.name === Rule)?.targets ?? [];
        return { Targets: targets.map((Id) => ({ Id, Arn: `arn:aws:lambda:${region}:${account}:function:${Id}` })) };
      },
    },
  });
  return {
    endpoint: listener.endpoint,
    deliver,
    close: async () => {
      stopping.abort();
      await listener.close();
    },
  };
}

/** Invokes functions asynchronously through a Lambda endpoint, called by the holder of `accessKeyId`. Rejects unless Lambda accepted. */
export const invokeThroughLambda =
  (endpoint: string, accessKeyId: string) =>
  async (functionName: string, event: BusEvent): Promise<void> => {
    const credential = `Credential=${accessKeyId}/20260101/us-east-1/lambda/aws4_request`;
    const answer = await fetch(`${endpoint}/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`, {
      method: 'POST',
      headers: {
        'x-amz-invocation-type': 'Event',
        // The stand-in reads only who calls: see authenticateSigV4.
        authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(event),
    });
    if (answer.status !== 202)
      throw new Error(`Lambda answered ${answer.status} for ${functionName}: ${await answer.text()}`);
  };

/** The detail when it is a JSON object, as EventBridge requires. */
function parseDetail(text: string): unknown {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** The AWS JSON protocol sends times as seconds since 1970. */
const isoTime = (time: number | string): string =>
  new Date(typeof time === 'number' ? time * 1000 : time).toISOString();
