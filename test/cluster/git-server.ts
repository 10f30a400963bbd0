import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type StandIn, startListener } from '../../sandbox/aws/listener.ts';
import { gitHttpBackend } from '../../sandbox/github/git-http-backend.ts';

const run = promisify(execFile);

/** A real Git server with one repository. */
export interface GitServer {
  /** Of the repository, as an Application names it. */
  readonly url: string;
  /** Commits a whole tree (path → content) on a branch and pushes it; the answer is the commit. */
  commit(branch: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Answers nobody until `comeBack`, at the same address. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** Git's own smart HTTP (`git http-backend`) on loopback, over a bare repository in `folder`. */
export async function startGitServer(folder: string): Promise<GitServer> {
  const repository = join(folder, 'deploy.git');
  const env = {
    ...process.env,
    GIT_DIR: repository,
    GIT_INDEX_FILE: join(folder, 'index'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'Sluice'],
        [`GIT_${who}_EMAIL`, 'sluice@example.com'],
      ]),
    ),
  };
  const git = async (...words: string[]) => (await run('git', words, { env })).stdout.trim();
  const write = async (content: string) => {
    const writing = run('git', ['hash-object', '-w', '--stdin'], { env });
    writing.child.stdin?.end(content);
    return (await writing).stdout.trim();
  };
  await run('git', ['init', '--quiet', '--bare', repository]);

  let server: StandIn | null = null;
  let url = '';
  const comeBack = async () => {
    const port = url === '' ? 0 : Number(new URL(url).port);
    server = await startListener({ port, handle: (request) => gitHttpBackend(folder, request) });
    url = `${server.endpoint}/deploy.git`;
  };
  const goAway = async () => {
    const open = server;
    server = null;
    await open?.close();
  };
  await comeBack();
  return {
    url,
    async commit(branch, files) {
      await git('read-tree', '--empty');
      for (const [path, content] of Object.entries(files)) {
        await git('update-index', '--add', '--cacheinfo', `100644,${await write(content)},${path}`);
      }
      const ref = `refs/heads/${branch}`;
      const parent = await git('rev-parse', '--verify', '--quiet', ref).catch(() => null);
      const parents = parent === null ? [] : ['-p', parent];
      const commit = await git('commit-tree', await git('write-tree'), ...parents, '-m', 'a release');
      await git('update-ref', ref, commit);
      return commit;
    },
    goAway,
    comeBack,
    close: goAway,
  };
}
