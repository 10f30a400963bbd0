import type { z } from 'zod';
import type { ApiBranchDecided, decideBranchSchema } from '../../contracts/api/branch.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { InvalidInput, WriteConflict } from '../../contracts/errors.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { sentence } from '../../contracts/words.ts';
import { foreignWords } from '../../core/gitops/foreign-words.ts';
import { audited } from '../operation/audited.ts';
import { timestamp } from '../operation/operation-context.ts';
import { serviceChain } from '../operation/service-chain.ts';
import type { OperatorDeps } from '../ports.ts';
import { placeOf } from '../standby/foreign-change.ts';
import { readBranchView } from '../view/branch-view.ts';
import { tellFollowing } from './describe-branch.ts';

interface Decision extends z.output<typeof decideBranchSchema> {
  readonly service: ServiceConfiguration;
  readonly environment: EnvironmentName;
  /** Mail address of who asks. */
  readonly actor: string;
}

/**
 * A person says what becomes of what somebody else has written on an environment's branch: `reset` throws it away, `propose` puts it before
 * the approvers of the next release. Nothing is written to Git here: the next commit carries it out, and only if the head is still that one.
 *
 * @throws {InvalidInput} when nothing of others is known there, or it is not known on what else to build.
 * @throws {WriteConflict} when another head has been found since the one that the person was shown.
 */
export async function decideBranch(deps: OperatorDeps, decision: Decision): Promise<ApiBranchDecided> {
  const { service, environment, kind, head, reason, actor } = decision;
  const place = placeOf(service, environment);
  const { foreign, decision: before } = await readBranchView(deps, service, environment);
  const show = `sluice branch show --service ${service.name} --environment ${environment}`;
  if (foreign === null) {
    const message = `No operation has found a foreign commit on ${place.branch}. A deployment looks before it asks for approvals, and again before it commits.`;
    throw new InvalidInput(message);
  }
  if (foreign.head !== head) {
    throw new WriteConflict(
      `${place.branch} has since been found at ${foreign.head}, not at ${head}: see it with \`${show}\`.`,
    );
  }
  if (kind === 'reset' && foreign.base === null) {
    const message = `Sluice has never written ${place.branch}, and its Application was never synced: there is nothing to go back to. Propose it, so that it is approved with the first release.`;
    throw new InvalidInput(message);
  }
  const follows = await tellFollowing(deps.store, decision, foreign);
  if (before?.kind === kind) {
    const didNot = [
      sentence(`${before.actor} has already decided this: ${before.reason}`),
      ...follows.did,
      ...follows.didNot,
    ];
    return { service: service.name, environment, outcome: 'already-so', did: [], didNot, next: follows.next };
  }
  const { base } = foreign;
  await audited(
    deps,
    {
      operation: serviceChain(service),
      action: `${kind}-branch`,
      actor,
      reason,
      before: {
        branch: place.branch,
        base,
        head,
        commits: foreign.commits,
        files: foreign.files.map(({ path }) => path),
      },
    },
    () => deps.store.branches.decide(service.name, environment, { kind, head, actor, reason, at: timestamp(deps) }),
  );
  const what = foreignWords(place, foreign);
  const did =
    kind === 'reset'
      ? `${what} The next release on ${environment} is built on ${base?.slice(0, 7)}, and all of this is discarded.`
      : `${what} The approvers of the next release on ${environment} see this, and approve it with the release.`;
  const didNot = [
    'Nothing was written to Git, and neither environment was changed.',
    'Whatever else is written on the branch stops the next deployment again.',
  ];
  return {
    service: service.name,
    environment,
    outcome: kind === 'reset' ? 'reset' : 'proposed',
    did: [did, ...follows.did],
    didNot: [...follows.didNot, ...didNot],
    next: follows.next,
  };
}
