import * as z from 'zod';
import type { ReadyFile } from '../connection/ready-file.ts';
import { CliError, exitCodes, usageError } from '../exit.ts';
import type { World } from '../world.ts';
import { ask } from './require-ready.ts';

const run = z.looseObject({ id: z.int(), head_sha: z.string(), workflow_id: z.int(), actor: z.looseObject({}) });
const runs = z.object({ workflow_runs: z.array(run) });
const repositoryAnswer = z.looseObject({ default_branch: z.string() });
const published = z.object({ workflowRunPayload: z.looseObject({}) });

/** Builds what GitHub sends when a CI run is complete. */
export interface WorkflowRuns {
  /** Of a version that was built, or null. Without a version: of the newest run on the default branch. */
  payloadOf(version: string | null): Promise<object | null>;
  /** Has the sandbox's CI build a new version first. */
  build(version: string): Promise<object>;
}

/** Reads the runs of a service's repository from the sandbox's GitHub, by GitHub's own API. */
export function createWorkflowRuns(
  world: World,
  ready: ReadyFile,
  { name: service, repository }: { readonly name: string; readonly repository: string },
): WorkflowRuns {
  const github = async (path: string) => {
    const { status, document } = await ask(world, `${ready.github}/repos/${repository}${path}`, {
      what: 'GitHub',
      headers: { authorization: `Bearer ${ready.secrets.githubToken}` },
    });
    return status === 200 ? document : null;
  };
  return {
    async payloadOf(version) {
      const commit =
        version === null
          ? null
          : z
              .object({ sha: z.string() })
              .nullable()
              .parse(await github(`/commits/${version}`));
      if (version !== null && commit === null) return null;
      const about = repositoryAnswer.parse(await github(''));
      const query =
        commit === null
          ? `branch=${encodeURIComponent(about.default_branch)}&status=success`
          : `head_sha=${commit.sha}`;
      const [newest] = runs.parse(await github(`/actions/runs?per_page=1&${query}`)).workflow_runs;
      if (newest === undefined) return null;
      const workflow = await github(`/actions/workflows/${newest.workflow_id}`);
      return { action: 'completed', workflow_run: newest, workflow, repository: about, sender: newest.actor };
    },
    async build(version) {
      const { status, document } = await ask(world, `${ready.console}/api/sandbox/releases`, {
        what: 'The sandbox',
        method: 'POST',
        headers: { authorization: `Bearer ${ready.secrets.apiToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ version, service }),
      });
      if (status === 400) throw usageError(`The sandbox does not build ${version}: ${JSON.stringify(document)}`);
      if (status !== 201) {
        throw new CliError(
          'BuildFailed',
          exitCodes.failed,
          `The sandbox answered ${status} when asked to build ${version}.`,
        );
      }
      return published.parse(document).workflowRunPayload;
    },
  };
}
