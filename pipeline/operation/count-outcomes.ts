import { metricsOfOutcome, outcomeLine } from '../../core/metrics/outcome-metrics.ts';
import type { CommonDeps } from '../ports.ts';
import type { BestEffort } from './best-effort.ts';

export interface OutcomeCounting {
  /** Name of the table: what tells the metrics of one installation from another's. */
  readonly installation: string;
  /** Writes a line that CloudWatch reads as metrics. */
  readonly publish: (line: object) => void;
  readonly bestEffort: BestEffort;
}

/**
 * A store that counts each operation once, when its outcome is written: whoever is answered that there is one already counts nothing. One whose writer
 * dies right then is not counted; the records have it (docs/adr/0049).
 */
export function countingOutcomes<Deps extends CommonDeps>(
  deps: Deps,
  { installation, publish, bestEffort }: OutcomeCounting,
): Deps {
  const { operations } = deps.store;
  const end: typeof operations.end = async (id, ending, by) => {
    const ended = await operations.end(id, ending, by);
    if (ended.kind !== 'ended') return ended;
    await bestEffort(async () => {
      const operation = await operations.read(id);
      if (operation === null) return;
      const returned = operation.related === null ? null : await operations.read(operation.related);
      const metrics = metricsOfOutcome(operation, returned?.outcome ?? null);
      if (metrics === null) return;
      publish(outcomeLine(metrics, { installation, service: operation.service, operation: id, now: deps.now() }));
    });
    return ended;
  };
  return { ...deps, store: { ...deps.store, operations: { ...operations, end } } };
}
