import { Agent, request } from 'node:http';

/** Sends requests to the router under the service's host name; fetch cannot set `Host`. */
export function trafficClient(endpoint: string, host: string, path = '/predict') {
  const agent = new Agent({ keepAlive: true });
  const url = new URL(path, endpoint);
  const body = JSON.stringify({ image: 'end-to-end' });
  return () =>
    new Promise<{ status: number; environment: string; version: string }>((resolve, reject) => {
      const sending = request(
        url,
        { agent, method: 'POST', headers: { host, 'content-type': 'application/json', 'content-length': body.length } },
        (answer) => {
          answer.resume();
          answer.once('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              environment: String(answer.headers['x-environment'] ?? ''),
              version: String(answer.headers['x-version'] ?? ''),
            }),
          );
        },
      );
      sending.once('error', reject);
      sending.end(body);
    });
}
