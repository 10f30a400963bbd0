import type { z } from 'zod';
import type { auditListSchema, ListedAuditEntry, listAuditSchema } from '../../contracts/api/audit-list.ts';
import { momentOf, refuseEmptyTime } from '../../contracts/api/since.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { hours, milliseconds } from '../../contracts/duration.ts';
import { type Instant, instant, parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { findService } from '../operation/operation-context.ts';
import { serviceChain } from '../operation/service-chain.ts';
import type { ViewDeps } from '../ports.ts';

/** Operations whose chains one page reads, of each service. */
const perPage = 25;

/** After its end an operation's standby is lowered, and its audit anchored. */
const afterwards = hours(1);

/**
 * What was done in a time, across operations, and to the services themselves. The table has no index of entries: the operations that were at
 * work then are found along the index by their ids, and the chain of each is one query. A page is of so many operations, so that it takes
 * about as long as it costs: 25 queries for each service. Nothing is proven here; `sluice audit verify` proves a chain.
 */
export async function listAudit(
  deps: Pick<ViewDeps, 'configuration' | 'store' | 'now'>,
  query: z.output<typeof listAuditSchema>,
): Promise<z.output<typeof auditListSchema>> {
  const now = deps.now();
  const from = momentOf(query.since, now);
  const to = query.until && momentOf(query.until, now);
  refuseEmptyTime(from, to, now);
  const services =
    query.service === undefined ? deps.configuration.services : [findService(deps.configuration, query.service)];
  const pages = await Promise.all(
    services.map((service) => chainsOf(deps, service, { from, to, before: query.before })),
  );
  // One place for all services to go on from: the newest of the places at which they stopped.
  const next =
    pages
      .flatMap((page) => (page.next === null ? [] : [page.next]))
      .sort()
      .at(-1) ?? null;
  const chains = pages.flatMap((page) => page.chains).filter(({ id }) => next === null || id === null || id >= next);
  const entries = await Promise.all(
    chains.map(async ({ chain, service }) =>
      (await deps.store.audit.list(chain)).map(
        (entry): ListedAuditEntry => ({ ...entry, details: { ...entry.details }, service }),
      ),
    ),
  );
  return {
    entries: entries
      .flat()
      .filter(
        ({ at, actor, action }) =>
          at >= from &&
          (to === undefined || at < to) &&
          (query.actor === undefined || actor === query.actor) &&
          (query.action === undefined || action === query.action),
      ),
    next,
  };
}

interface Chain {
  readonly chain: string;
  /** Of its operation; null for the chain of a service. */
  readonly id: string | null;
  readonly service: string;
}

/** The chains of a service that may have entries of a time, newest first, as many as a page reads. */
async function chainsOf(
  { store }: Pick<ViewDeps, 'store'>,
  service: ServiceConfiguration,
  { from, to, before }: { from: Instant; to: Instant | undefined; before: string | undefined },
): Promise<{ readonly chains: readonly Chain[]; readonly next: string | null }> {
  const { name, deadlines, standby } = service;
  const late = milliseconds(standby.keepWarm + afterwards);
  // What began earlier than that has come to its deadline before.
  const earliest = instant(Math.max(0, from - deadlines.operation - late));
  const { operations, next } = await store.operations.page(name, { from: earliest, to, limit: perPage, before });
  const wasAtWork = ({ endedAt }: OperationRecord) => endedAt === null || parseInstant(endedAt) + late >= from;
  const own: readonly Chain[] = before === undefined ? [{ chain: serviceChain(service), id: null, service: name }] : [];
  return {
    chains: [...own, ...operations.filter(wasAtWork).map(({ id }) => ({ chain: id, id, service: name }))],
    next,
  };
}
