import type { ApiServiceEnvironment } from './api/service.ts';

/** What is wrong with a side that has the traffic, as a sentence about it. `wait`: nobody knows whether it answers. */
export interface LiveSideTrouble {
  readonly text: string;
  readonly tone: 'bad' | 'wait';
}

/**
 * Why somebody has to look at the side that has the traffic; null while it is healthy or some of its pods are ready. A Deployment that has lost all
 * pods is `progressing` for Kubernetes, so its ready pods are counted too.
 */
export function liveSideTrouble({
  health,
  ready,
}: Pick<ApiServiceEnvironment, 'health' | 'ready'>): LiveSideTrouble | null {
  if (health === 'unknown') return { text: 'Its health is not known.', tone: 'wait' };
  if (health === 'absent') return { text: 'Nothing that could answer was found there.', tone: 'bad' };
  if (ready === 0) return { text: 'None of its pods is ready.', tone: 'bad' };
  return health === 'degraded' ? { text: 'It is degraded.', tone: 'bad' } : null;
}
