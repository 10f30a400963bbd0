import * as z from 'zod';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import { isSameName } from '../../contracts/name-key.ts';
import { personByGithub } from '../../core/approvals/people.ts';
import type { Caller } from './identify.ts';
import { callerFor } from './identify.ts';

/** Of the claims of GitHub Actions' tokens, those that are asked here. Texts all: so API Gateway hands them on. */
const jobSchema = z.object({
  /** `owner/name`. */
  repository: z.string(),
  repository_id: z.string(),
  /** `owner/name/.github/workflows/file.yml@refs/heads/main`: the file that was started. */
  workflow_ref: z.string(),
  /** The file that the job stands in: another one when the workflow calls a reusable workflow. */
  job_workflow_ref: z.string(),
  ref: z.string(),
  event_name: z.string(),
  /** GitHub login of who started the run. */
  actor: z.string(),
  run_attempt: z.string(),
});

/**
 * A job of GitHub Actions, as the person who started it. Every repository of the world can have such a token for any audience, so the
 * claims decide: a run that a person started by hand, of a service's own repository by its id, on the branch that its deployments come
 * from, of a workflow file that the service's `jobs` names. Branch protection then says who may change what such a run does.
 *
 * @throws {NotAllowed} saying which of that is missing.
 */
export function identifyJob(claims: unknown, { people, services }: Pick<Configuration, 'people' | 'services'>): Caller {
  const job = jobSchema.safeParse(claims);
  if (!job.success) throw new NotAllowed('The token of the job lacks claims of GitHub Actions.');
  const { repository, ref, event_name: event, actor, run_attempt: attempt } = job.data;
  const { repository_id: id, workflow_ref: workflow, job_workflow_ref: jobWorkflow } = job.data;
  const named = services.filter((service) => isSameName(service.repository, repository));
  if (named.length === 0) throw new NotAllowed(`${repository} is not the repository of any service.`);
  const ofRepository = named.filter(({ jobs }) => jobs !== null && String(jobs.repositoryId) === id);
  if (ofRepository.length === 0) {
    throw new NotAllowed(
      `No service of ${repository} lets in jobs of the repository with the id ${id}: see \`jobs\` in sluice.yaml (repositoryId, workflows).`,
    );
  }
  const own = ofRepository.filter(({ trigger }) => ref === `refs/heads/${trigger.branch}`);
  if (own.length === 0) {
    const branches = [...new Set(ofRepository.map(({ trigger }) => trigger.branch))].join(' or ');
    throw new NotAllowed(`The run is on ${ref}; only runs of the branch ${branches} of ${repository} are accepted.`);
  }
  if (event !== 'workflow_dispatch') {
    throw new NotAllowed(
      `The run was started by ${event}; only runs that a person started (workflow_dispatch) are accepted.`,
    );
  }
  // The token goes on naming who started the first attempt, whoever repeats it.
  if (attempt !== '1') {
    throw new NotAllowed(
      'The run is a re-run, and GitHub does not say who started it: start the workflow again instead.',
    );
  }
  const fromConfigured = own.filter(({ jobs }) =>
    jobs?.workflows.some((file) => workflow === `${repository}/${file}@${ref}` && jobWorkflow === workflow),
  );
  if (fromConfigured.length === 0) {
    const files = [...new Set(own.flatMap(({ jobs }) => jobs?.workflows ?? []))].join(' or ');
    throw new NotAllowed(
      `The job is from ${jobWorkflow}, started as ${workflow}; only jobs that are written in ${files} are accepted (\`jobs.workflows\` in sluice.yaml).`,
    );
  }
  return {
    via: 'job',
    services: fromConfigured.map(({ name }) => name),
    ...callerFor(personByGithub(people, actor), actor, 'github'),
  };
}
