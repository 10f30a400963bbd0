// Loaded into a sandbox before anything else (--import): notes every signed request to AWS that leaves the process, one JSON a line.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

const file = process.env.SLUICE_RECORD_AWS_CALLS;

/** Notes a request whose header names are lower case, if it is signed. */
function note({ headers, method, path, body }) {
  const [, accessKeyId, service] = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  if (accessKeyId === undefined) return;
  const call = {
    accessKeyId,
    // One for each call of the client library, however often it is passed on.
    id: headers['amz-sdk-invocation-id'] ?? null,
    service,
    method,
    path,
    target: headers['x-amz-target'] ?? null,
    body,
  };
  appendFileSync(file, `${JSON.stringify(call)}\n`);
}

subscribe('http.client.request.created', ({ request }) => {
  const chunks = [];
  for (const method of ['write', 'end']) {
    const original = request[method];
    request[method] = function patched(chunk, ...rest) {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
      return original.call(this, chunk, ...rest);
    };
  }
  request.on('finish', () => {
    const { method, path } = request;
    note({ headers: request.getHeaders(), method, path, body: Buffer.concat(chunks).toString('utf8') });
  });
});
