import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { milliseconds } from '../../../contracts/duration.ts';
import { SluiceError } from '../../../contracts/errors.ts';
import { startFaultProxy } from '../../../sandbox/dependencies/fault-proxy.ts';
import { createFaultBook, type DependencyName, type Fault, faultSchema } from '../../../sandbox/dependencies/faults.ts';
import type { KubernetesServer } from '../../../sandbox/kubernetes/start-kubernetes.ts';
import { patienceMs, until } from '../../support/until.ts';

/** Budget of every call here; its production value is seconds. */
export const within = milliseconds(200);

const faults: readonly [string, object][] = [
  ...[409, 422, 429, 500, 503].map((status): [string, object] => [
    `answers ${status}`,
    { fault: 'status', status, ...(status === 429 ? { retryAfter: 1 } : {}) },
  ]),
  ['hangs', { fault: 'hang' }],
  ['cannot be reached', { fault: 'unreachable' }],
  ['resets the connection', { fault: 'reset' }],
  ['ends its answer in the middle', { fault: 'truncate' }],
  ['answers what was true before', { fault: 'stale' }],
];

export const book = createFaultBook();
export const closing: (() => Promise<unknown>)[] = [];
export const before = async (dependency: DependencyName, target: string, server?: KubernetesServer) => {
  const own = server?.certificate;
  const tls = own && { cert: own.certificatePem, key: own.keyPem, ca: server.caPem };
  const proxy = await startFaultProxy({ dependency, target, book, ...(tls ? { tls } : {}) });
  closing.unshift(() => proxy.close());
  return proxy.endpoint;
};

const mayPass = ({ fault, status }: Fault) => fault !== 'stale' && !(fault === 'status' && [409, 422].includes(status));

export type Call = readonly [name: string, call: () => Promise<unknown>];

/** The dependency's fault at one call: it ends in time, in an answer or in one of our errors, which names the dependency. */
export async function ends(dependency: DependencyName, called: RegExp, fault: object, call: () => Promise<unknown>) {
  const set: Fault = faultSchema.parse({ dependency, ...fault });
  if (set.fault === 'stale') {
    // A machine that is busy may need longer than the budget for the answer that is to be repeated.
    const late = /no answer within/;
    await until('there is an answer to repeat', patienceMs, () =>
      call().then(
        () => true,
        (error: Error) => !late.test(error.message),
      ),
    );
  }
  book.set(set);
  const met = () => (book.states().find((state) => state.dependency === dependency)?.spoilt ?? 0) > 0;
  // On a busy machine a call may be out of time before its request has left: that says nothing of the fault. A call that does not end by
  // itself ends at Vitest's timeout.
  const outcome = await until('a call has met the fault', patienceMs, async () => {
    const ended = await call().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    return met() ? ended : null;
  });
  book.clear();

  if ('answer' in outcome) {
    // What spoils every request leaves nothing to answer with; a conflict, a refusal and what was true before are answers.
    expect(mayPass(set)).toBe(false);
    return;
  }
  expect(outcome.error).toBeInstanceOf(SluiceError);
  // What may pass by itself is said to be so, or nobody would try again.
  if (mayPass(set)) expect(outcome.error).toMatchObject({ name: 'DependencyUnavailable' });
  // A write that is beaten every time names the object, since the dependency itself is well.
  if (outcome.error instanceof SluiceError && outcome.error.name !== 'WriteConflict') {
    expect(outcome.error.message).toMatch(called);
  }
}

export let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-every-call-'));
});
afterAll(async () => {
  for (const close of closing) await close();
  await rm(dataDir, { recursive: true });
});

export const table = (calls: readonly Call[]) =>
  calls.flatMap(([name, call]) => faults.map(([what, fault]) => [name, what, fault, call] as const));
