import { seconds } from '../../contracts/duration.ts';
import type { World } from '../world.ts';
import { type Finding, missing, ok, unknown } from './finding.ts';

interface Probe {
  readonly what: string;
  readonly path: string;
  readonly init: RequestInit;
  /** The status by which the function shows that it works and has what it needs. */
  readonly wanted: number;
}

/** Each asks for something that is refused, and only a function that reached its secret or the table can refuse it so. */
const probes: readonly Probe[] = [
  {
    what: 'GitHub’s webhook answers and has its secret',
    path: '/webhooks/github',
    init: { method: 'POST', body: '{}', headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } },
    wanted: 401,
  },
  {
    what: 'Alertmanager’s webhook answers and has its token',
    path: '/webhooks/alertmanager',
    init: { method: 'POST', body: '{}', headers: { authorization: 'Bearer of-the-doctor' } },
    wanted: 401,
  },
  {
    what: 'The approval pages answer and reach the table',
    path: `/approvals/${'0'.repeat(43)}`,
    init: { method: 'GET' },
    wanted: 404,
  },
];

/** The public routes, as anybody can ask them. Nothing changes. */
export const checkAddress = (world: World, url: string): Promise<readonly Finding[]> =>
  Promise.all(
    probes.map(async ({ what, path, init, wanted }): Promise<Finding> => {
      try {
        const { status } = await world.fetch(`${url}${path}`, {
          ...init,
          redirect: 'error',
          signal: AbortSignal.timeout(seconds(15)),
        });
        if (status === wanted) return ok(what);
        const fix =
          status === 404
            ? 'Is this the address of Sluice? It is the output Address of the stack, or the host of urls in sluice.yaml.'
            : 'The log of the function says why (docs/runbooks/failing-webhook.md).';
        return missing(what, `${path} answered ${status}, not ${wanted}`, fix);
      } catch {
        return unknown(what, `${url} did not answer`);
      }
    }),
  );
