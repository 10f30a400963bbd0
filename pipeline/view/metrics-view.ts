import type { z } from 'zod';
import type { ApiMetrics, readMetricsSchema } from '../../contracts/api/metrics.ts';
import { momentOf, refuseEmptyTime } from '../../contracts/api/since.ts';
import { hours } from '../../contracts/duration.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { formatInstant, type Instant, later } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { deliveryMetrics } from '../../core/metrics/delivery-metrics.ts';
import { findService } from '../operation/operation-context.ts';
import type { ViewDeps } from '../ports.ts';

/** So many operations of a service are read for one answer: some 20 MB, and seconds. */
const most = 5_000;

/** A deployment at the end of the time may be taken back after it, and has failed then. */
const afterwards = hours(24);

/**
 * DORA's metrics and those of the deployments, by service and together, from the records of the operations that began in the time. Each service's are
 * read along the index by their ids, and nothing else is: a read unit of DynamoDB for some 8 KB of them (docs/adr/0049).
 *
 * @throws {InvalidInput} for a time in which there are too many.
 */
export async function readMetrics(
  deps: Pick<ViewDeps, 'configuration' | 'store' | 'now'>,
  { service, since, until }: z.output<typeof readMetricsSchema>,
): Promise<ApiMetrics> {
  const now = deps.now();
  const [from, end] = [momentOf(since, now), until === undefined ? now : momentOf(until, now)];
  refuseEmptyTime(from, end, now);
  // What is to come has had no releases yet: counted in, it would make every rate of a month under way too low.
  const to = end > now ? now : end;
  const services = service === undefined ? deps.configuration.services : [findService(deps.configuration, service)];
  const read = await Promise.all(
    services.map(async ({ name }) => ({ service: name, operations: await operationsOf(deps, name, from, to) })),
  );
  const time = { from, to };
  return {
    from: formatInstant(from),
    to: formatInstant(to),
    all: deliveryMetrics(
      read.flatMap(({ operations }) => operations),
      time,
    ),
    services: read.map(({ service: name, operations }) => ({
      service: name,
      metrics: deliveryMetrics(operations, time),
    })),
  };
}

async function operationsOf(
  { store }: Pick<ViewDeps, 'store'>,
  name: string,
  from: Instant,
  to: Instant,
): Promise<readonly OperationRecord[]> {
  const { operations, next } = await store.operations.page(name, { from, to: later(to, afterwards), limit: most });
  if (next !== null && operations.length === most) {
    throw new InvalidInput(`${name} has more than ${most} operations in this time. Ask for a shorter one.`);
  }
  return operations;
}
