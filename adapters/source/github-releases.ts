import { seconds } from '../../contracts/duration.ts';
import { releaseArtifact } from '../../contracts/release.ts';
import { callDependency } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';
import { askHttp, BodyTooLarge, type HttpAnswer } from '../shared/http.ts';
import { readReleaseArchive } from './release-archive.ts';
import type { ReleaseArtifact, SourceControl } from './source-control.ts';

/** Longest artifact that is downloaded, in bytes. */
const longestArchive = 2 * 1024 * 1024;

/** The artifact `sluice-release` of a CI run. */
export function createReleaseReader(github: GitHub): Pick<SourceControl, 'releaseArtifact'> {
  /** GitHub answers with a redirect to a signed address elsewhere, which must not see the token. */
  const download = (repository: string, artifactId: number, signal?: AbortSignal): Promise<HttpAnswer> => {
    const attempted = `download artifact ${artifactId} of ${repository}`;
    const call = { dependency: 'GitHub', attempted, within: seconds(20), ...(signal ? { signal } : {}) };
    return callDependency({ ...call, retry: 'safe' }, async (within) => {
      const { owner, repo } = ownerAndName(repository);
      const url = `${github.baseUrl.replace(/\/$/, '')}/repos/${owner}/${repo}/actions/artifacts/${artifactId}/zip`;
      const headers = { authorization: `Bearer ${await github.token()}` };
      const question = { method: 'GET', signal: within, maxBytes: longestArchive } as const;
      let answer = await askHttp({ ...question, url, headers });
      const location = answer.headers.location;
      if (answer.status >= 300 && answer.status < 400 && typeof location === 'string') {
        answer = await askHttp({ ...question, url: new URL(location, url).href });
      }
      const { status } = answer;
      // GitHub's rate limits answer 403 as well as 429.
      const isLimited =
        status === 429 || (status === 403 && /rate limit/i.test(answer.body.toString('utf8', 0, 1_000)));
      if (isLimited || status >= 500) throw unavailable({ ...call, reason: `status ${status}` });
      if (status !== 200 && status !== 404 && status !== 410) {
        throw refused({ ...call, status, reason: `status ${status}` });
      }
      return answer;
    });
  };

  return {
    async releaseArtifact(repository, runId, options = {}): Promise<ReleaseArtifact> {
      const { name } = releaseArtifact;
      const asked = { ...options, attempted: `list artifacts of run ${runId}`, retry: 'safe' } as const;
      const listed = await github.call(asked, (octokit, request) =>
        orNull(
          octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', {
            ...ownerAndName(repository),
            run_id: runId,
            name,
            per_page: 100,
            request,
          }),
        ),
      );
      if (listed === null) return unusable(`there is no run ${runId} in ${repository}`);
      // A repeated run leaves an artifact per attempt: the newest counts.
      const artifact = listed.data.artifacts.filter((one) => one.name === name).sort((a, b) => b.id - a.id)[0];
      if (artifact === undefined) return unusable(`run ${runId} of ${repository} has no artifact ${name}`);
      if (artifact.expired) return unusable(`the artifact ${name} of run ${runId} has expired; run CI again`);
      const tooLarge = `the artifact ${name} of run ${runId} is larger than ${longestArchive} bytes`;
      if (artifact.size_in_bytes > longestArchive) return unusable(tooLarge);
      let answer: HttpAnswer;
      try {
        answer = await download(repository, artifact.id, options.signal);
      } catch (error) {
        if (error instanceof Error && error.cause instanceof BodyTooLarge) return unusable(tooLarge);
        throw error;
      }
      if (answer.status !== 200) return unusable(`the artifact ${name} of run ${runId} is gone; run CI again`);
      const archive = readReleaseArchive(answer.body);
      return archive.kind === 'read' ? { kind: 'found', release: archive.release } : unusable(archive.reason);
    },
  };
}

const unusable = (reason: string): ReleaseArtifact => ({ kind: 'unusable', reason });
