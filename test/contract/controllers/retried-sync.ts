import { expect } from 'vitest';
import type { Application, ArgoApplications } from '../../../adapters/gitops/argo-application.ts';
import { minutes, seconds } from '../../../contracts/duration.ts';
import { instant } from '../../../contracts/instant.ts';
import { judgeSync } from '../../../core/gitops/sync-state.ts';
import { patienceMs, until } from '../../support/until.ts';

export interface RetriedSync {
  readonly applications: ArgoApplications;
  readonly application: string;
  /** A commit with an object that the API server refuses, since `Not_A_Name` is none. */
  readonly broken: string;
  /** The commit that it is at. */
  readonly former: string;
  /** Of the fence; the next one is used as well. */
  readonly epoch: number;
}

/** The manifest of an object that no API server takes. */
export const refusedManifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: Not_A_Name }\n';

/**
 * What Argo CD does of a sync that the API server refuses, the same of the stand-in and of the real one: it is tried again, and between two
 * attempts says so; and it is taken over all the same. Afterwards the Application is at `former` again, by the operation `op-return`.
 */
export async function expectRetriedAndTakenOver(asked: RetriedSync): Promise<void> {
  const { applications, application, broken, former, epoch } = asked;
  const read = (): Promise<Application> => applications.read(application);
  await applications.startSync(application, { operation: 'op-refused', revision: broken, epoch });

  const retrying = await until('it is tried again', patienceMs, async () => {
    const { operationState } = (await read()).status ?? {};
    return operationState?.phase === 'Running' && operationState.finishedAt ? operationState : null;
  });

  expect(retrying).toMatchObject({
    retryCount: expect.any(Number),
    message: expect.stringContaining(`Retrying attempt #${retrying.retryCount}`),
  });
  const wanted = { operation: 'op-refused', revision: broken, comparisonGrace: minutes(2) };
  expect(judgeSync(await read(), { ...wanted, now: instant(Date.now()) }).kind).toBe('syncing');
  // As it is judged once the retries are used up, which takes a minute.
  const ended = { ...(await read()), operation: undefined };
  const status = { ...ended.status, operationState: { ...retrying, phase: 'Failed' } };
  expect(judgeSync({ ...ended, status }, { ...wanted, now: instant(Date.now()) })).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/Not_A_Name.*metadata\.name/),
  });

  const next = { operation: 'op-return', revision: former, epoch: epoch + 1 };
  expect(await applications.startSync(application, next)).toMatchObject({
    kind: 'busy',
    running: { operation: 'op-refused', phase: 'Running' },
  });
  expect(await applications.replaceSync(application, next, { patience: seconds(60) })).toEqual({ kind: 'started' });
  await until('it is back', patienceMs, async () => {
    const back = { operation: next.operation, revision: former, comparisonGrace: minutes(2), now: instant(Date.now()) };
    const { kind } = judgeSync(await read(), back);
    expect(kind).not.toBe('failed');
    return kind === 'synced';
  });
}
