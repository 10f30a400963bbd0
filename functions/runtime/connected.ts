import type { Secrets } from '../../adapters/secrets/secrets.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, milliseconds } from '../../contracts/duration.ts';
import type { CommonDeps, ServiceCluster } from '../../pipeline/ports.ts';

interface Connectable extends CommonDeps {
  readonly cluster?: (service: ServiceConfiguration) => Pick<ServiceCluster, 'router'>;
  readonly secrets?: Secrets;
  readonly secretName?: string;
}

/** How long initialisation waits for connections. Whatever takes longer connects during the first invocation. */
const longest = milliseconds(300);

/**
 * Asks each dependency something harmless while Lambda initialises: connections are open then, TLS and the client libraries have run once,
 * and the secret is known. All of that takes processor time, of which an invocation has only its memory's share (docs/adr/0016).
 *
 * Never fails: the invocation asks again, and reports what fails.
 *
 * @example export const handler = createHandler(await connected(createDeps(process.env)));
 */
export async function connected<Deps extends Connectable>(deps: Deps): Promise<Deps> {
  await Promise.race([Promise.allSettled(questions(deps)), pause(longest)]);
  return deps;
}

const pause = (duration: Milliseconds) => new Promise((resolve) => setTimeout(resolve, duration).unref());

function questions({ configuration: { services }, store, cluster, secrets, secretName }: Connectable) {
  // The last service of each cluster stands for all of them.
  const oneEach = new Map(services.map((service) => [service.cluster, service])).values();
  const routes = [...oneEach].map(async (service) => cluster?.(service).router.read({ purpose: 'return' }));
  // The webhooks have a secret, and may only write to the table.
  if (secrets && secretName) return [...routes, secrets.get(secretName)];
  return [...routes, ...services.slice(0, 1).map(({ name }) => store.locks.read(name))];
}
