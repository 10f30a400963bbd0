import type { WatchDeps } from '../../pipeline/ports.ts';
import { look } from '../../pipeline/rescue/look.ts';
import { metricsLine } from '../../pipeline/rescue/metrics-line.ts';

/** Looks, and says what was seen as a log line that CloudWatch reads as metrics. The event says nothing: it is the time. */
export const createHandler = (deps: WatchDeps) => async (_event: unknown) => {
  const seen = await look(deps);
  deps.publish(metricsLine(seen, { installation: deps.installation, now: deps.now() }));
  return seen;
};
