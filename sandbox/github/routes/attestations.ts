import type { Endpoints } from '@octokit/types';
import { type Route, route } from '../router.ts';
import { repositoryOf, type World } from '../world.ts';

/** As GitHub's own description of its API has it. */
type Answer = Endpoints['GET /repos/{owner}/{repo}/attestations/{subject_digest}']['response']['data'];

/** Artifact attestations of a digest; GitHub knows none of one that nothing was attested of. */
export const attestationRoutes = (
  world: World,
  attestations: (digest: string) => Promise<readonly object[]>,
): Route[] => [
  route('GET', '/repos/{owner}/{repo}/attestations/{digest}', async (call) => {
    const { row } = repositoryOf(world, call);
    const bundles = await attestations(call.params.digest ?? '');
    const json: Answer = { attestations: bundles.map((bundle) => ({ bundle, repository_id: row.id })) };
    return { json };
  }),
];
