// Loaded into a process before anything else (--import): notes every request to AWS and GitHub that a stand-in of this process answers, with
// the answer, one JSON a line. On the side of the servers, because clients ask by `fetch` as well as by `node:http`.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

const file = process.env.SLUICE_RECORD_EXCHANGES;

subscribe('http.server.request.start', ({ request, response }) => {
  const { authorization = '', accept = '' } = request.headers;
  const [, service] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(authorization) ?? [];
  const asked = service ?? (/application\/vnd\.github/.test(accept) ? 'github' : null);
  if (asked === null) return;
  const question = collect(request, ['push']);
  const answer = collect(response, ['write', 'end']);
  const written = headersWritten(response);
  response.on('finish', () => {
    const exchange = {
      service: asked,
      method: request.method,
      path: request.url,
      headers: request.headers,
      body: question(),
      status: response.statusCode,
      answerHeaders: { ...response.getHeaders(), ...written() },
      answer: answer(),
    };
    appendFileSync(file, `${JSON.stringify(exchange)}\n`);
  });
});

/** Notes what passes through these methods of a stream; gives all of it, in base64. */
function collect(stream, methods) {
  const chunks = [];
  for (const method of methods) {
    const original = stream[method];
    stream[method] = function collected(chunk, ...rest) {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
      return original.call(this, chunk, ...rest);
    };
  }
  return () => Buffer.concat(chunks).toString('base64');
}

/** Gives what was handed to `writeHead` as an object, which `getHeaders` does not know. */
function headersWritten(response) {
  const { writeHead } = response;
  let written = {};
  response.writeHead = function collected(status, ...rest) {
    const given = rest.at(-1);
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) written = given;
    return writeHead.call(this, status, ...rest);
  };
  return () => written;
}
