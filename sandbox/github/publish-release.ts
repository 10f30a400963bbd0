import { unzipSync } from 'fflate';
import { type CiOutcome, goodMetrics, type ModelMetrics, metricsPath, outcomePath } from './ci-files.ts';
import { presentOrganization } from './present-repository.ts';
import type { WorkflowRunPayload } from './webhook.ts';

/** Where to publish: works against a stand-in in this process or in another one. */
export interface ReleaseTarget {
  readonly endpoint: string;
  readonly token: string;
  /** `owner/name` */
  readonly repository: string;
  readonly branch: string;
  /** The model's metrics where a release says nothing of them; those of the classifier unless given. */
  readonly metrics?: ModelMetrics;
}

export interface ReleaseToPublish extends CiOutcome {
  /** e.g. `v2.1.0` */
  readonly version: string;
  /** Default: `dana`, by GitHub's no-reply address. Give a mail that GitHub does not know to have an unknown author. */
  readonly author?: { readonly login: string; readonly name?: string; readonly mail?: string };
  readonly metrics?: ModelMetrics;
  readonly message?: string;
  /** Where it is committed, if not on the deployed branch; one that is not there yet is made. */
  readonly branch?: string;
  /** The tag that such a new branch leaves from; the head of the deployed branch without it. */
  readonly from?: string;
}

export interface PublishedRelease {
  readonly runId: number;
  readonly sha: string;
  readonly version: string;
  readonly digest: string;
  /** What GitHub sends to webhooks once the run is complete. */
  readonly workflowRunPayload: WorkflowRunPayload;
}

/** Commits a new version on the branch, pushes it, and reads what CI made of it. Rejects with GitHub's own message. */
export async function publishRelease(target: ReleaseTarget, release: ReleaseToPublish): Promise<PublishedRelease> {
  const api = <T>(method: string, path: string, body?: unknown): Promise<T> => call<T>(target, method, path, body);
  const headOf = async (ref: string) => (await api<{ object: { sha: string } }>('GET', `/git/ref/${ref}`)).object.sha;
  const branch = release.branch ?? target.branch;
  const head = await headOf(`heads/${branch}`).catch(() => null);
  const parent = head ?? (await headOf(release.from === undefined ? `heads/${target.branch}` : `tags/${release.from}`));
  const { checks, staging, conclusion, reversible, findings } = release;
  const outcome = { checks, staging, conclusion, reversible, findings };
  const files = {
    VERSION: `${release.version}\n`,
    [metricsPath]: `${JSON.stringify(release.metrics ?? target.metrics ?? goodMetrics, null, 2)}\n`,
    [outcomePath]: `${JSON.stringify(outcome, null, 2)}\n`,
  };
  const tree = Object.entries(files).map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }));
  const treeSha = (await api<{ sha: string }>('POST', '/git/trees', { base_tree: parent, tree })).sha;
  const { login, name = login, mail } = release.author ?? { login: 'dana' };
  const author = { name, email: mail ?? `${login}@users.noreply.github.com` };
  const message = release.message ?? `feat: release ${release.version}`;
  const commit = { message, tree: treeSha, parents: [parent], author };
  const { sha } = await api<{ sha: string }>('POST', '/git/commits', commit);
  // Developers push with tokens of their own; here there is one, which may say whose it is.
  const pusher = { 'x-sandbox-login': login };
  if (head === null) await call(target, 'POST', '/git/refs', { ref: `refs/heads/${branch}`, sha }, pusher);
  else await call(target, 'PATCH', `/git/refs/heads/${branch}`, { sha }, pusher);

  const [run] = (await api<{ workflow_runs: Run[] }>('GET', `/actions/runs?head_sha=${sha}`)).workflow_runs;
  if (run === undefined)
    throw new Error(`CI did not run for ${sha}: is ${target.repository} the repository it watches?`);
  const [workflow, repository] = await Promise.all([
    api<WorkflowRunPayload['workflow']>('GET', `/actions/workflows/${run.workflow_id}`),
    api<WorkflowRunPayload['repository']>('GET', ''),
  ]);
  const organization = presentOrganization(target.endpoint, repository.owner.login);
  const digest = await digestOf(target, run.id);
  const workflowRunPayload = {
    action: 'completed' as const,
    workflow_run: run,
    workflow,
    repository,
    organization,
    sender: run.actor,
  };
  return { runId: run.id, sha, version: release.version, digest, workflowRunPayload };
}

type Run = WorkflowRunPayload['workflow_run'];

/** The digest in the run's artifact; empty when CI failed and built nothing. */
async function digestOf(target: ReleaseTarget, runId: number): Promise<string> {
  const list = await call<{ artifacts: { archive_download_url: string }[] }>(
    target,
    'GET',
    `/actions/runs/${runId}/artifacts`,
  );
  const url = list.artifacts[0]?.archive_download_url;
  if (url === undefined) return '';
  const answer = await fetch(url, { headers: { authorization: `Bearer ${target.token}` } });
  const file = unzipSync(new Uint8Array(await answer.arrayBuffer()))['release.json'];
  // CI wrote this file (ci.ts) with the digest as a string.
  return (JSON.parse(Buffer.from(file ?? '{}').toString()) as { digest: string }).digest;
}

/** The stand-in's own answers are believed to have the shapes that its present-*.ts give them. */
async function call<T>(
  target: ReleaseTarget,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const answer = await fetch(`${target.endpoint}/repos/${target.repository}${path}`, {
    method,
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`GitHub answered ${method} ${path} with ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
}
