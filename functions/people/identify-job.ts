import * as z from 'zod';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import { personByGithub } from '../../core/approvals/people.ts';
import type { Caller } from './identify.ts';
import { callerFor } from './identify.ts';

/** Of the claims of GitHub Actions' tokens, those that are asked here. Texts all: so API Gateway hands them on. */
const jobSchema = z.object({
  /** `owner/name`. */
  repository: z.string(),
  ref: z.string(),
  event_name: z.string(),
  /** GitHub login of who started the run. */
  actor: z.string(),
  run_attempt: z.string(),
});

/**
 * A job of GitHub Actions, as the person who started it. Every repository of the world can have such a token for any audience, so the
 * claims decide: a run that a person started by hand, of a service's own repository, on the branch that its deployments come from.
 * Branch protection then says who may change what such a run does.
 *
 * @throws {NotAllowed} saying which of that is missing.
 */
export function identifyJob(claims: unknown, { people, services }: Pick<Configuration, 'people' | 'services'>): Caller {
  const job = jobSchema.safeParse(claims);
  if (!job.success) throw new NotAllowed('The token of the job lacks claims of GitHub Actions.');
  const { repository, ref, event_name: event, actor, run_attempt: attempt } = job.data;
  const ofRepository = services.filter((service) => service.repository.toLowerCase() === repository.toLowerCase());
  if (ofRepository.length === 0) throw new NotAllowed(`${repository} is the repository of no service.`);
  const own = ofRepository.filter(({ trigger }) => ref === `refs/heads/${trigger.branch}`);
  if (own.length === 0) {
    const branches = [...new Set(ofRepository.map(({ trigger }) => trigger.branch))].join(' or ');
    throw new NotAllowed(`The run is of ${ref}; of ${repository} only runs of the branch ${branches} are let in.`);
  }
  if (event !== 'workflow_dispatch') {
    throw new NotAllowed(
      `The run was started by ${event}; only runs that a person started (workflow_dispatch) are let in.`,
    );
  }
  // The token goes on naming who started the first attempt, whoever repeats it.
  if (attempt !== '1') {
    throw new NotAllowed('The run is a repetition, and GitHub does not say by whom: start the workflow again instead.');
  }
  return {
    via: 'job',
    services: own.map(({ name }) => name),
    ...callerFor(personByGithub(people, actor), actor, 'github'),
  };
}
