import { dirname, join } from 'node:path';
import { publicGoodAsOf, trustRootProblems } from '../../adapters/attestation/trust-root.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { requiredProofs } from '../../contracts/configuration/image.ts';
import { hours } from '../../contracts/duration.ts';
import type { World } from '../world.ts';
import { check, type Finding } from './finding.ts';

/** After so long the built-in root has missed a log or an authority of Sigstore's: a new one comes about every year. */
const oldAfter = hours(365 * 24);

/** What signatures of images are held against, where any are asked for. @param file the path of `sluice.yaml`, beside which the roots lie. */
export async function checkTrustRoots(
  world: Pick<World, 'readFile' | 'now'>,
  { services, attestations }: Configuration,
  file: string,
): Promise<readonly Finding[]> {
  if (services.every(({ validation }) => requiredProofs(validation.image).length === 0)) return [];
  const { default: publicGood } = await import('../../adapters/attestation/public-good-root.json', {
    with: { type: 'json' },
  });
  const now = world.now();
  return Promise.all(
    attestations.trustRoots.map(async (root) => {
      const isBuiltIn = root === 'public-good';
      const text = isBuiltIn ? JSON.stringify(publicGood) : await world.readFile(join(dirname(file), root));
      const age = now - Date.parse(publicGoodAsOf);
      const problems = [
        ...trustRootProblems(text, now),
        ...(isBuiltIn && age > oldAfter
          ? [`it is of ${publicGoodAsOf}, and Sigstore changes it about once a year`]
          : []),
      ];
      const what = `Trust root ${root}${isBuiltIn ? ` (as of ${publicGoodAsOf})` : ''} proves what is signed today`;
      const fix =
        'Put a newer one beside sluice.yaml (`cosign trusted-root create`, `gh attestation trusted-root`), name it in attestations.trustRoots, and npm run deploy.';
      return check(what, problems.length === 0 ? 'holds' : 'fails', problems.join('; '), fix);
    }),
  );
}
