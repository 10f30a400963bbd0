import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

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

  let server: Server | null = null;
  let port = 0;
  const comeBack = async () => {
    server = createServer((request, response) => answer(folder, request, response)).listen(port, '127.0.0.1');
    await once(server, 'listening');
    // A listening TCP server's address is an object.
    port = (server.address() as AddressInfo).port;
  };
  const goAway = async () => {
    const open = server;
    server = null;
    if (open === null) return;
    open.close();
    open.closeAllConnections();
    await once(open, 'close');
  };
  await comeBack();
  return {
    url: `http://127.0.0.1:${port}/deploy.git`,
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

/** Runs `git http-backend` as the CGI program that it is (RFC 3875). */
function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const { 'content-type': type, 'content-encoding': encoding, 'git-protocol': protocol } = request.headers;
  const child = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      ...(type === undefined ? {} : { CONTENT_TYPE: type }),
      ...(encoding === undefined ? {} : { HTTP_CONTENT_ENCODING: encoding }),
      ...(typeof protocol === 'string' ? { GIT_PROTOCOL: protocol } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  // A reader that has gone is no problem of the server.
  child.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('error', () => response.writeHead(500).end());
  child.once('close', () => {
    const said = Buffer.concat(chunks);
    const end = said.indexOf('\r\n\r\n');
    const headers = new Map(
      said
        .subarray(0, end)
        .toString('latin1')
        .split('\r\n')
        .map((line): [string, string] => {
          const [name = '', ...value] = line.split(':');
          return [name.toLowerCase(), value.join(':').trim()];
        }),
    );
    const status = Number.parseInt(headers.get('status') ?? '200', 10);
    headers.delete('status');
    response.writeHead(status, Object.fromEntries(headers)).end(said.subarray(end + 4));
  });
}
