import type { Store } from '../../adapters/store/store.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { sentence, timeWords, whileFrozen } from '../../contracts/words.ts';
import type { Fact } from '../approval/deployment-summary.ts';

/** What an operation leaves that keeps the service from changing, and the command that ends it: a freeze, and holds on what it was about. */
export async function standingOf(
  store: Pick<Store, 'releases'>,
  { service, release, live }: OperationRecord,
  related: OperationRecord | null,
): Promise<Fact[]> {
  const [frozen, holds] = await Promise.all([store.releases.frozen(service), store.releases.holds(service)]);
  const about = new Set([release, live, related?.release, related?.live].map((one) => one?.digest));
  const on = `--service ${service} --reason "…"`;
  return [
    ...(frozen === null
      ? []
      : [
          {
            name: 'Frozen',
            value: `${sentence(`since ${timeWords(frozen.at)} by ${frozen.by}: ${frozen.reason}`)} ${whileFrozen}`,
          },
          { name: 'When a healthy side has the traffic', value: `sluice unfreeze ${on}` },
        ]),
    ...holds
      .filter(({ digest }) => about.has(digest))
      .flatMap(({ version, at, reason }) => [
        { name: 'On hold', value: sentence(`${version} since ${timeWords(at)}: ${reason}`) },
        { name: `To deploy ${version} again`, value: `sluice release-hold --version ${version} ${on}` },
      ]),
  ];
}
