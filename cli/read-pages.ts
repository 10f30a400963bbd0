import { auditListSchema, type ListedAuditEntry } from '../contracts/api/audit-list.ts';
import { type ApiOperationSummary, operationListSchema } from '../contracts/api/operation.ts';
import { seconds } from '../contracts/duration.ts';
import type { Session } from './session.ts';

/** Most operations that one page of the API has. */
const perPage = 100;

type Filters<Name extends string> = { readonly [name in Name]?: string | undefined };

/** Operations page by page, newest first, until there are so many, or no more. */
export async function readAllOperations(
  session: Session,
  wanted: Filters<'since' | 'until' | 'outcome'> & { readonly limit?: number },
): Promise<readonly ApiOperationSummary[]> {
  const { limit = Number.POSITIVE_INFINITY, ...filters } = wanted;
  const found: ApiOperationSummary[] = [];
  let before: string | null = null;
  do {
    const query = queryOf(session, { ...filters, limit: String(Math.min(perPage, limit - found.length)), before });
    const { operations, next } = await session.api.get(`/api/operations?${query}`, operationListSchema);
    found.push(...operations);
    before = next;
  } while (before !== null && found.length < limit);
  return found;
}

/** Entries of the audit page by page, in the order in which they were written. */
export async function readAllEntries(
  session: Session,
  filters: Filters<'since' | 'until' | 'actor' | 'action'>,
): Promise<readonly ListedAuditEntry[]> {
  const found: ListedAuditEntry[] = [];
  let before: string | null = null;
  do {
    const query = queryOf(session, { ...filters, before });
    const { entries, next } = await session.api.get(`/api/audit?${query}`, auditListSchema, { within: seconds(30) });
    found.push(...entries);
    before = next;
  } while (before !== null);
  return found.sort((a, b) => a.at - b.at || a.operation.localeCompare(b.operation, 'en') || a.seq - b.seq);
}

/** What is asked for, and of the service that is named, if one is. */
function queryOf(session: Session, parameters: Readonly<Record<string, string | null | undefined>>): URLSearchParams {
  const service = session.flags.service ?? session.world.env.SLUICE_SERVICE;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...parameters, service })) if (value) query.set(name, value);
  return query;
}
