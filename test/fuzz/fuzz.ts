import { createHmac } from 'node:crypto';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pipelineOf } from '../support/pipeline.ts';
import { startSandboxProcess } from '../support/sandbox-process.ts';
import { type Credentials, type FuzzRequest, fuzzRequests } from './requests.ts';

const usage = `npm run fuzz -- [options]: sends random requests to a sandbox that it starts itself; exits with 1 on any 5xx, and on any effect without credentials.
  --requests N   how many, four fifths of them without credentials (default 200000)
  --seed N       the same requests again (default: a new one, which is printed)
  --from N       begins with the request of that number, and
  --to N         ends before that one: a part of the same requests
  --only N       sends the request of that number alone, and prints what was answered
  --minutes N    gives up after so long (default 60)`;
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    to: { type: 'string' },
    only: { type: 'string' },
    minutes: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});

/** So many at once. */
const sockets = 16;
/** A request that takes longer has failed, ms. */
const patience = 60_000;
/** Of the requests, those without credentials: they are answered sooner, and more people can send them. */
const unknownShare = 0.8;
/** How often a request is sent that is answered with 503. */
const mostTries = 4;
/** Failures of one kind that are printed. */
const mostOfAKind = 20;
const version = 'v2.60.0';

interface Answer {
  /** Or why there was none: what Node itself would not send, or a connection that was closed over it. */
  readonly status: number | 'unsendable' | 'closed' | 'late';
  readonly text: string;
}

async function run(): Promise<number> {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const requests = Number(values.requests);
  const end = Date.now() + Number(values.minutes) * 60_000;
  console.log(`seed ${seed}`);
  const sandbox = await startSandboxProcess('--no-load', '--quiet');
  const agent = new http.Agent({ keepAlive: true, maxSockets: sockets });
  try {
    const pipeline = pipelineOf(sandbox);
    const front = new URL(sandbox.ready.console);
    // One approval waits all the while: its operation and its links are what is aimed at.
    const { workflowRunPayload } = await pipeline.release(version);
    const started: { operation?: unknown } = Object(await (await pipeline.deliver(workflowRunPayload)).json());
    const operation = String(started.operation);
    await pipeline.inState(operation, 'awaiting-approval');
    const links = await pipeline.linksOf(version, ['cleo@example.com'], operation);
    const link = links.get('cleo@example.com')?.split('/').at(-1) ?? '';
    const { apiToken, alertmanagerToken, githubWebhook } = sandbox.ready.secrets;
    const known = { apiToken, alertmanagerToken, operation, link, version };
    const fill = (text: string) =>
      text.replace(
        /\{\{(\w+)\}\}/g,
        (whole, name: string) => Object.entries(known).find(([key]) => key === name)?.[1] ?? whole,
      );
    const make = fuzzRequests(seed, { run: await pipeline.workflowRunPayload() });

    const send = ({ method, path, headers, body, signed }: FuzzRequest): Promise<Answer> =>
      new Promise((resolve) => {
        const bytes = typeof body === 'string' ? Buffer.from(fill(body)) : body;
        const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]));
        if (signed !== null) {
          const secret = signed === 'secret' ? githubWebhook : 'another secret';
          own['x-hub-signature-256'] = `sha256=${createHmac('sha256', secret)
            .update(bytes ?? '')
            .digest('hex')}`;
        }
        try {
          const asked = http.request(
            {
              ...{ host: front.hostname, port: front.port, method, path: fill(path), agent },
              headers: { host: front.host, ...own },
            },
            (answer) => {
              let text = '';
              answer.setEncoding('utf8');
              answer.on('data', (chunk: string) => {
                if (text.length < 2_000) text += chunk;
              });
              answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
              answer.on('error', (error) => resolve({ status: 'closed', text: error.message }));
            },
          );
          asked.setTimeout(patience, () => {
            resolve({ status: 'late', text: `no answer within ${patience} ms` });
            asked.destroy();
          });
          asked.on('error', (error) => resolve({ status: 'closed', text: error.message }));
          asked.end(bytes ?? undefined);
        } catch (error) {
          resolve({ status: 'unsendable', text: String(error) });
        }
      });
    const credentialsOf = (index: number): Credentials => (index < requests * unknownShare ? 'none' : 'valid');

    if (values.only !== undefined) {
      const request = make(Number(values.only), credentialsOf(Number(values.only)));
      console.log(JSON.stringify(shown(request), null, 2), await send(request));
      return 0;
    }

    /** All that an effect would show in, but for the time of a look. */
    const state = async () => {
      const { environments, lock, holds, frozen, active } = await pipeline.service();
      const weights = [environments.blue.weight, environments.green.weight];
      const operations = (await pipeline.operations()).map(({ id, state: at, outcome }) => [id, at, outcome]);
      const { approvals } = await pipeline.operation(operation);
      // Reminders come by the clock.
      const mails = (await pipeline.mails()).filter(({ subject }) => !subject.startsWith('Reminder')).length;
      return JSON.stringify({
        lock,
        holds,
        frozen,
        active,
        weights,
        operations,
        approvals,
        mails,
      });
    };
    const counts: Record<Credentials, Record<string, number>> = { none: {}, valid: {} };
    const failures = new Map<string, number>();
    /** Told at once, since a run takes long, and of each kind only so often, so that none hides another. */
    const fail = (kind: string, failure = kind) => {
      const times = (failures.get(kind) ?? 0) + 1;
      failures.set(kind, times);
      if (times <= mostOfAKind) console.error(`\n${failure}\n`);
    };
    const began = Date.now();

    /**
     * 503 says to try again, and is what a busy machine makes of many requests at once: it is a failure once it stays. No effect is hidden by
     * that, since nothing was done.
     */
    const sendPatiently = async (request: FuzzRequest, counted: Record<string, number>): Promise<Answer> => {
      for (let times = 1; ; times += 1) {
        const answer = await send(request);
        if (answer.status !== 503 || times === mostTries) return answer;
        counted['503, sent again'] = (counted['503, sent again'] ?? 0) + 1;
        await delay(times * 5_000);
      }
    };

    async function phase(credentials: Credentials, from: number, to: number) {
      let next = from;
      const worker = async () => {
        while (next < to && Date.now() < end) {
          const index = next++;
          const request = make(index, credentials);
          const { status, text } = await sendPatiently(request, counts[credentials]);
          counts[credentials][status] = (counts[credentials][status] ?? 0) + 1;
          const isFault = status === 'late' || (typeof status === 'number' && status >= 500);
          if (isFault) {
            const again = `npm run fuzz -- --seed ${seed} --requests ${requests} --only ${index}`;
            fail(
              kindOf(status, request, text),
              `${status} to request ${index}: ${text.slice(0, 300)}\n  ${JSON.stringify(shown(request)).slice(0, 2_000)}\n  ${again}`,
            );
          }
          if ((index + 1) % 10_000 === 0) console.log(`${index + 1} requests, ${minutesSince(began)} min`);
        }
      };
      await Promise.all(Array.from({ length: sockets }, worker));
      const told = JSON.stringify(counts[credentials]);
      console.log(`${next - from} requests, credentials: ${credentials}, after ${minutesSince(began)} min: ${told}`);
      if (next < to)
        fail(`Only ${next - from} of ${to - from} requests (${credentials}) within ${values.minutes} min.`);
    }

    const first = Math.ceil(requests * unknownShare);
    const from = Number(values.from);
    const to = Math.min(requests, Number(values.to ?? requests));
    const before = await state();
    await phase('none', Math.min(from, first), Math.min(to, first));
    const after = await state();
    if (after !== before) fail(`Requests without credentials had an effect:\n  ${before}\n  ${after}`);
    await phase('valid', Math.max(from, first), Math.max(to, first));
    const alive = (
      await send({
        method: 'GET',
        path: '/api/services',
        headers: { authorization: 'Bearer {{apiToken}}' },
        body: null,
        signed: null,
      })
    ).status;
    if (alive !== 200) fail(`The sandbox answers ${alive} afterwards.`);

    console.log(`${to - from} requests in ${minutesSince(began)} min, seed ${seed}`);
    console.log(`without credentials: ${JSON.stringify(counts.none)}`);
    console.log(`with credentials:    ${JSON.stringify(counts.valid)}`);
    for (const [kind, times] of failures) console.log(`${times} times: ${kind}`);
    console.log(`${failures.size} kinds of failures`);
    return failures.size === 0 ? 0 : 1;
  } finally {
    agent.destroy();
    await sandbox.dispose();
  }
}

/** By what failures are counted together: ids, numbers and times in an answer are no difference. */
const kindOf = (status: Answer['status'], { method, path }: FuzzRequest, text: string): string => {
  const place = path.split('?', 1)[0]?.split('/').slice(0, 3).join('/');
  return `${status} ${method} ${place}: ${text
    .slice(0, 120)
    .replace(/\s+/g, ' ')
    .replace(/[0-9a-f]{8,}|\d+/gi, '…')}`;
};

const minutesSince = (began: number): string => ((Date.now() - began) / 60_000).toFixed(1);

/** What is printed of a request: bytes that are no text as base64. */
const shown = ({ body, ...request }: FuzzRequest) => ({
  ...request,
  body: body instanceof Buffer ? { base64: body.toString('base64') } : body,
});

if (values.help) console.log(usage);
else process.exitCode = await run();
