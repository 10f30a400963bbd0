import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import type { ServiceAnswer, ServiceRequest } from '../aws/listener.ts';

/**
 * Answers a request of Git's smart HTTP for the bare repositories below `folder`, by Git's own `git http-backend`, the CGI program
 * (RFC 3875) that it is. Nobody is let in to push.
 *
 * @throws {Error} where there is no Git on the PATH.
 */
export async function gitHttpBackend(folder: string, request: ServiceRequest): Promise<ServiceAnswer> {
  const { 'content-type': type, 'content-encoding': encoding, 'git-protocol': protocol } = request.headers;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(request.path),
      QUERY_STRING: request.query.toString(),
      ...(type === undefined ? {} : { CONTENT_TYPE: type }),
      ...(encoding === undefined ? {} : { HTTP_CONTENT_ENCODING: encoding }),
      ...(typeof protocol === 'string' ? { GIT_PROTOCOL: protocol } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(request.body);
  const [said] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
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
  return { status, headers: Object.fromEntries(headers), body: said.subarray(end + 4) };
}
