import type { Condition, Pod } from './objects.ts';

/** Where the listener of a pod is; the sandbox's pods share one address, so each has a port of its own. */
export const portAnnotation = 'sandbox.sluice.dev/port';

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

export const isReady = (pod: Pod): boolean => conditionOf(pod.status?.conditions, 'Ready')?.status === 'True';

export const isLeaving = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** The port of a pod's listener; undefined before it runs. */
export function portOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[portAnnotation];
  return text === undefined ? undefined : Number(text);
}

/** The label `app.kubernetes.io/version`, else the tag of the image, else empty. */
export function versionOf(pod: Pod): string {
  const label = pod.metadata.labels?.['app.kubernetes.io/version'];
  if (label !== undefined) return label;
  const [name = ''] = (pod.spec.containers[0]?.image ?? '').split('@');
  return /:([^/:]+)$/.exec(name)?.[1] ?? '';
}

/** The conditions with one of them set; `lastTransitionTime` moves only when the status does. */
export function withCondition(
  conditions: readonly Condition[],
  wanted: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): Condition[] {
  const before = conditionOf(conditions, wanted.type);
  const since = before?.status === wanted.status ? before.lastTransitionTime : undefined;
  const condition = { ...wanted, lastTransitionTime: since ?? now };
  return before === undefined
    ? [...conditions, condition]
    : conditions.map((one) => (one.type === wanted.type ? condition : one));
}
