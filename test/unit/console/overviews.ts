import type { ApiTimelineEntry } from '../../../contracts/api/operation.ts';
import type { ApiHistoryEntry, ApiOverview } from '../../../contracts/api/overview.ts';

type Service = ApiOverview['service'];

/** A service at rest on blue, v2.0.5. */
export function overview(
  changes: { service?: Partial<Service>; history?: ApiHistoryEntry[]; operation?: ApiOverview['operation'] } = {},
): ApiOverview {
  const environment = { digest: 'sha256:65a5', ready: 3, health: 'healthy', reason: null } as const;
  return {
    viewer: 'ana@example.com',
    services: ['chest-xray-mlops'],
    service: {
      name: 'chest-xray-mlops',
      repository: 'example/chest-xray-mlops',
      host: 'chest-xray-mlops.example.com',
      active: 'blue',
      environments: {
        blue: { ...environment, version: 'v2.0.5', weight: 100 },
        green: { ...environment, version: 'v2.0.4', weight: 0 },
      },
      lock: { holder: null, kind: null, epoch: 1, acquiredAt: null, deadline: null },
      candidate: null,
      inProgress: [],
      holds: [],
      frozen: null,
      windows: null,
      contacts: [],
      links: [],
      problem: null,
      ...changes.service,
    },
    history: changes.history ?? [],
    operation: changes.operation ?? null,
  };
}

/** The traffic in the middle of a shift. */
export const shifted = (blue: number): Partial<Service> => {
  const { environments } = overview().service;
  return {
    environments: {
      blue: { ...environments.blue, weight: blue },
      green: { ...environments.green, version: 'v2.1.0', weight: 100 - blue },
    },
  };
};

/** A deployment of v2.1.0 that shifts traffic. */
export const entry = (changes: Partial<ApiHistoryEntry> = {}): ApiHistoryEntry => ({
  id: 'deployment-1',
  kind: 'deployment',
  service: 'chest-xray-mlops',
  actor: 'github:dana',
  release: { version: 'v2.1.0', commit: 'dfd54c04', digest: 'sha256:ca7a' },
  state: 'shifting-traffic',
  outcome: null,
  reason: null,
  startedAt: '2026-11-23T09:44:44.000Z',
  endedAt: null,
  origin: 'blue',
  target: 'green',
  weights: null,
  desired: null,
  related: null,
  pausedBecause: null,
  abort: null,
  waiting: null,
  next: null,
  ...changes,
});

export const ended = (outcome: NonNullable<ApiHistoryEntry['outcome']>, changes: Partial<ApiHistoryEntry> = {}) =>
  entry({ state: 'ended', outcome, endedAt: '2026-11-23T09:45:00.000Z', ...changes });

/** Line `seq` of a timeline, `seq` seconds after the start. */
export const line = (
  seq: number,
  action: string,
  phase: ApiTimelineEntry['phase'],
  details: ApiTimelineEntry['details'] = {},
  actor = 'sluice',
): ApiTimelineEntry => ({
  seq,
  at: new Date(Date.UTC(2026, 10, 23, 9, 0, seq)).toISOString(),
  actor,
  action,
  phase,
  details,
  doubt: null,
});
