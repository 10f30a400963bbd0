import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';

/**
 * One request, the same for a seed and an index. `{{apiToken}}`, `{{alertmanagerToken}}`, `{{operation}}`, `{{link}}` and `{{version}}` stand for
 * what only the run knows, so that a request can be made again in another one.
 */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
  /** With which secret the body is signed as GitHub signs it; null: not at all. */
  readonly signed: 'secret' | 'wrong' | null;
}

export type Credentials = 'none' | 'valid';

interface Example {
  readonly name: string;
  readonly examples: readonly unknown[];
}

const require = createRequire(import.meta.url);
const examples: readonly Example[] = require('@octokit/webhooks-examples');
const events = examples.flatMap(({ name, examples: bodies }) => bodies.map((body) => ({ name, body })));
const runs = events.filter(({ name }) => name === 'workflow_run');
const alerts: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'alertmanager', 'firing-0.25.json'), 'utf8'),
);

/** From 0 to below 1. */
type Random = () => number;

/** mulberry32: small, and the same everywhere. */
function randomOf(seed: number, index: number): Random {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const odd: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e21, -0, 2 ** 53, '', ' ', '\u0000', '\u202e', '\ud800', '\u212a', [], {}, [[]]],
  ...['../../etc/passwd', '{{service}}', "' OR 1=1", '$(id)', '<script>', 'a'.repeat(5_000), '😀'.repeat(300)],
  ...['9999-99-99T99:99:99Z', '0001-01-01T00:00:00Z', '__proto__', 'constructor', 'toString', { length: -1 }],
  ...[
    'completed',
    'push',
    'main',
    'success',
    'chest-xray-mlops',
    'example/chest-xray-mlops',
    'critical',
    'blue',
    'firing',
  ],
];

const contentTypes = [
  ...[
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
  ],
  ...['text/plain', 'application/json; charset=utf-16', 'a/b; c="'],
];
const methods = ['GET', 'POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const service = 'chest-xray-mlops';
const actions = ['traffic', 'freeze', 'unfreeze', 'unlock', 'holds', 'holds/release', 'health-check'];
const bodies: readonly object[] = [
  { service, version: 'v2.1.0' },
  { service, version: 'v2.1.0', type: 'hotfix', justification: 'x' },
  { service, version: 'last-known-good', reason: 'x', emergency: true },
  { reason: 'x' },
  { version: 'v2.1.0', reason: 'x' },
  { from: 'blue', to: 'green', percentage: 100, reason: 'x' },
  { from: 'blue', to: 'green', percentage: 50, reason: 'x', for: '10m' },
  { decision: 'approve', version: '{{version}}' },
  { environment: 'blue' },
  { token: 'x', user: 'ana@example.com' },
];

/** Makes requests out of real payloads and what else is sent to Sluice, each with a few random changes. */
export function fuzzRequests(seed: number, known: { readonly run: unknown }) {
  const invented = fc.sample(fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.webUrl()), {
    seed,
    numRuns: 300,
  });
  const strange = [...odd, ...invented.map(plain)];

  return (index: number, credentials: Credentials): FuzzRequest => {
    const random = randomOf(seed, index);
    const int = (below: number) => Math.floor(random() * below);
    const pick = <T>(from: readonly T[]): T => from[int(from.length)] as T; // No list here is empty.
    const word = () => encodeURIComponent(String(pick(strange)).slice(0, 500).toWellFormed());

    function change(value: unknown, depth = 0): unknown {
      if (value === null || typeof value !== 'object' || depth > 6 || random() < 0.15) return pick(strange);
      if (Array.isArray(value)) {
        const copy: unknown[] = [...value];
        if (copy.length === 0 || random() < 0.05) return [...copy, pick(strange)];
        const at = int(copy.length);
        if (random() < 0.1) copy.splice(at, 1);
        else copy[at] = change(copy[at], depth + 1);
        return copy;
      }
      const copy: Record<string, unknown> = { ...value };
      const key = pick(Object.keys(copy).concat('__proto__x'));
      if (random() < 0.1) delete copy[key];
      else copy[key] = change(copy[key], depth + 1);
      return copy;
    }
    const changed = (value: unknown): unknown => {
      let result = value;
      for (let left = 1 + int(4); left > 0; left--) result = change(result);
      return result;
    };
    const damaged = (text: string): Buffer => {
      const bytes = Buffer.from(text);
      for (let left = int(6); left > 0 && bytes.length > 0; left--) bytes[int(bytes.length)] = int(256);
      return random() < 0.15 ? bytes.subarray(0, int(bytes.length + 1)) : bytes;
    };
    const json = (value: unknown): string | Buffer => {
      const text = JSON.stringify(value) ?? 'null';
      return random() < 0.88 ? text : damaged(text);
    };
    const isValid = credentials === 'valid';

    const github = (): FuzzRequest => {
      const example =
        random() < 0.35 ? { name: 'workflow_run', body: known.run } : pick(random() < 0.5 ? runs : events);
      const document = changed(example.body);
      const form = random() < 0.05;
      const text = form ? new URLSearchParams({ payload: JSON.stringify(document) }).toString() : json(document);
      const event = random() < 0.9 ? 'workflow_run' : pick([example.name, 'ping', '']);
      const headers = { 'content-type': form ? (contentTypes[1] ?? '') : pick(contentTypes), 'x-github-event': event };
      const delivery = { 'x-github-delivery': String(int(1e9)) };
      const signatures = ['sha256=', `sha1=${'0'.repeat(40)}`, `sha256=${'0'.repeat(64)}`, 'x'];
      const own: Record<string, string> = isValid || random() < 0.5 ? {} : { 'x-hub-signature-256': pick(signatures) };
      const signed = isValid ? 'secret' : random() < 0.4 ? 'wrong' : null;
      return {
        method: 'POST',
        path: '/webhooks/github',
        headers: { ...headers, ...delivery, ...own },
        body: text,
        signed,
      };
    };
    const alertmanager = (): FuzzRequest => {
      const near = [
        'Bearer ',
        'Bearer x',
        'Bearer {{alertmanagerToken}}x',
        'Basic {{alertmanagerToken}}',
        '{{alertmanagerToken}}',
      ];
      const authorization = isValid ? 'Bearer {{alertmanagerToken}}' : pick([...near, 'Bearer {{apiToken}}', '']);
      const headers = { 'content-type': pick(contentTypes), ...(authorization === '' ? {} : { authorization }) };
      return { method: 'POST', path: '/webhooks/alertmanager', headers, body: json(changed(alerts)), signed: null };
    };
    const approval = (): FuzzRequest => {
      const guessed = ['{{link}}A', 'A'.repeat(43), '..%2f..%2f', '%00', 'x'.repeat(int(300)), word()];
      const fields = Array.from({ length: int(6) }, (): [string, string] => [
        pick(['decision', 'version', 'reason', '__proto__', 'version[]', 'x']),
        String(pick(['approve', 'reject', 'APPROVE', 'v2.60', '{{version}} x', ...strange.map(String)])).toWellFormed(),
      ]);
      const text = new URLSearchParams(fields).toString();
      const method = pick(['POST', 'POST', 'POST', 'GET', 'HEAD', 'PUT']);
      return {
        method,
        path: `/approvals/${isValid ? '{{link}}' : pick(guessed)}`,
        headers: { 'content-type': pick(contentTypes) },
        body: isBodiless(method) ? null : random() < 0.8 ? text : damaged(text),
        signed: null,
      };
    };
    const readPaths = () => [
      ...[
        '/api/services',
        `/api/services/${service}`,
        '/api/operations',
        '/api/operations/{{operation}}',
        '/api/session',
      ],
      ...[`/api/overview?service=${word()}`, `/api/operations?limit=${word()}`, `/api/operations?service=${word()}`],
      ...[
        `/api/operations/${word()}`,
        `/api/starts/${word()}`,
        `/api/services/${word()}/audit`,
        `/api/deliveries?limit=${word()}`,
      ],
      ...[
        `/api/operations/${word()}/audit`,
        `/api/operations/${word()}/readings`,
        `/api/operations/${word()}/record`,
        '/api/services/__proto__',
        '/console/..%2f..%2fpackage.json',
        '/%',
        '/api/%E0%A4%A',
      ],
    ];
    /** What a valid caller asks to be changed is nobody's, so that the run goes on as it began. */
    const writePaths = () => {
      const whose = isValid ? 'nobody' : service;
      const which = isValid ? 'nothing' : '{{operation}}';
      return [
        ...['/api/deployments', '/api/rollbacks', ...actions.map((action) => `/api/services/${whose}/${action}`)],
        ...['abort', 'decision', 'resume', 'override-window'].map((action) => `/api/operations/${which}/${action}`),
        ...['/api/session', `/api/services/${word()}/freeze`, `/api/operations/${word()}/abort`],
      ];
    };
    const api = (): FuzzRequest => {
      const user = isValid ? pick(['ben@example.com', 'x', '', 'ANA@EXAMPLE.COM', 'a@b.c, d@e.f']) : 'ana@example.com';
      const strangers: Record<string, string>[] = [
        {},
        { authorization: 'Bearer x', 'x-sluice-user': user },
        { authorization: 'Bearer {{apiToken}}x', 'x-sluice-user': user },
        { authorization: 'Bearer {{alertmanagerToken}}', 'x-sluice-user': user },
        { 'x-sluice-user': user },
        { cookie: 'sluice=a.b; __Host-sluice=x; =;;;=' },
        { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      ];
      const who = isValid ? { authorization: 'Bearer {{apiToken}}', 'x-sluice-user': user } : pick(strangers);
      const reads = random() < (isValid ? 0.5 : 0.25);
      const method = reads ? pick(['GET', 'GET', 'GET', 'HEAD']) : isValid ? 'POST' : pick(methods);
      const asked = pick(bodies);
      const kind = random();
      // Often no object at all: what is said of its fields must not fail over it.
      const document = kind < 0.2 ? asked : kind < 0.3 ? pick(odd) : changed(asked);
      const safe = isValid && typeof document === 'object' && document !== null && 'service' in document;
      return {
        method,
        path: pick(reads ? readPaths() : writePaths()),
        headers: { ...who, 'content-type': pick(contentTypes) },
        body: isBodiless(method) ? null : json(safe ? { ...document, service: 'nobody' } : document),
        signed: null,
      };
    };

    const kind = random();
    if (kind < 0.3) return github();
    if (kind < (isValid ? 0.4 : 0.5)) return alertmanager();
    return kind < 0.7 ? approval() : api();
  };
}

const isBodiless = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** What JSON can carry of an invented value. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return String(typeof value);
  }
}
