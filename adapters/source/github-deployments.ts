import { parseInstant } from '../../contracts/instant.ts';
import { isSameName } from '../../contracts/name-key.ts';
import { refused } from '../shared/dependency-errors.ts';
import { everyPage, type GitHub, ownerAndName } from '../shared/github.ts';
import type { SourceControl } from './source-control.ts';

/** GitHub refuses longer descriptions. */
const longestDescription = 140;

/** GitHub's deployments: others' to staging are read, Sluice's to production are written. */
export function createDeployments(
  github: GitHub,
): Pick<SourceControl, 'stagingDeployment' | 'createDeployment' | 'setDeploymentStatus'> {
  return {
    stagingDeployment: ({ repository, sha, environment, createdBy }, options = {}) =>
      github.call(
        { ...options, attempted: `read ${environment} of ${sha}`, retry: 'safe' },
        async (octokit, request) => {
          const at = { ...ownerAndName(repository), request };
          const deployments = await everyPage(`deployments to ${environment} of ${sha}`, async (page) => {
            const question = { ...at, sha, environment, ...page };
            return (await octokit.request('GET /repos/{owner}/{repo}/deployments', question)).data;
          });
          const [newest] = newestFirst(deployments).filter((one) => one.sha === sha && isBy(one, createdBy));
          if (newest === undefined) return null;
          const statuses = await everyPage(`statuses of deployment ${newest.id}`, async (page) => {
            const question = { ...at, deployment_id: Number(newest.id), ...page };
            return (await octokit.request('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', question))
              .data;
          });
          // `inactive` is what GitHub itself adds once a later deployment took the place: what this one proved stays proved.
          const said = newestFirst(statuses).filter(({ state }) => state !== 'inactive');
          // Anybody with write access can add a status, so a status of somebody else may make it worse, never better.
          const latest = said[0]?.state === 'success' ? said.find((status) => isBy(status, createdBy)) : said[0];
          return {
            state: latest?.state ?? 'pending',
            url: latest?.environment_url || latest?.log_url || null,
            since: latest === undefined ? null : parseInstant(latest.created_at),
          };
        },
      ),

    createDeployment: ({ repository, commit, operation, description, environment = 'production' }, options = {}) =>
      github.call({ ...options, attempted: `deployment of ${commit}`, retry: 'never' }, async (octokit, request) => {
        const at = { ...ownerAndName(repository), request };
        const question = { ...at, sha: commit, environment };
        const existing = await octokit.request('GET /repos/{owner}/{repo}/deployments', question);
        const mine = existing.data.find(({ payload }) => operationOf(payload) === operation);
        if (mine !== undefined) return Number(mine.id);
        const created = await octokit.request('POST /repos/{owner}/{repo}/deployments', {
          ...at,
          ref: commit,
          environment,
          description: description.slice(0, longestDescription),
          payload: { operation },
          auto_merge: false,
          // Sluice has judged the checks itself, by its own rules.
          required_contexts: [],
          production_environment: environment === 'production',
        });
        if ('id' in created.data) return Number(created.data.id);
        const reason = created.data.message ?? 'no deployment was created';
        throw refused({ dependency: 'GitHub', attempted: `deployment of ${commit}`, status: created.status, reason });
      }),

    setDeploymentStatus: (repository, deployment, { state, description, url }, options = {}) =>
      github.call({ ...options, attempted: `status ${state}`, retry: 'never' }, async (octokit, request) => {
        const at = { ...ownerAndName(repository), deployment_id: deployment, request };
        const path = '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses';
        const told = description.slice(0, longestDescription);
        const statuses = await everyPage(`statuses of deployment ${deployment}`, async (page) => {
          return (await octokit.request(`GET ${path}`, { ...at, ...page })).data;
        });
        const [latest] = newestFirst(statuses);
        if (latest?.state === state && latest.description === told) return;
        const link = url === undefined ? {} : { log_url: url };
        await octokit.request(`POST ${path}`, { ...at, state, description: told, ...link });
      }),
  };
}

const newestFirst = <Row extends { readonly id: number | bigint }>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => Number(b.id) - Number(a.id));

/** Whether one of these logins, or one of these apps (`app/slug`), made it. */
function isBy(
  made: {
    readonly creator: { readonly login: string } | null;
    readonly performed_via_github_app?: { readonly slug?: string } | null;
  },
  allowed: readonly string[],
): boolean {
  const { creator, performed_via_github_app: app } = made;
  const makers = [creator?.login, app?.slug === undefined ? undefined : `app/${app.slug}`];
  return makers.some((maker) => maker !== undefined && allowed.some((one) => isSameName(one, maker)));
}

/** The payload comes back as an object or, when it was sent as text, as text. */
function operationOf(payload: unknown): string | null {
  let value = payload;
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value);
    } catch {
      return null;
    }
  }
  if (typeof value !== 'object' || value === null || !('operation' in value)) return null;
  return typeof value.operation === 'string' ? value.operation : null;
}
