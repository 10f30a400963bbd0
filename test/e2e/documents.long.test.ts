import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, glob, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import type { Ready } from '../../sandbox/ready.ts';
import { type DocumentedCommand, listDocuments, markings, readDocument } from '../support/documents.ts';
import { type Pipeline, pipelineOf, type ServiceState } from '../support/pipeline.ts';
import { patienceMs, until } from '../support/until.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a command printed, and the sandbox that it was about. */
interface Ran {
  readonly stdout: string;
  readonly ready: Ready;
  readonly pipeline: Pipeline;
}

const newest = async ({ pipeline }: Ran) => (await pipeline.operations())[0];
const allOn = (environment: 'blue' | 'green', { pipeline }: Ran) =>
  until(`all of the traffic is on ${environment}`, patienceMs, async () => {
    const { environments } = await pipeline.service();
    return environments[environment].weight === 100 ? environments[environment] : null;
  });

/** The service of docs/own-service.md. */
const shop = ({ pipeline, ready }: Ran) =>
  pipeline.api<ServiceState>('/api/services/shop', { headers: { 'x-sluice-user': ready.operator } });

/** What the comments in documents promise, and how each is proven once its command has ended. */
const promises: Readonly<Record<string, (ran: Ran) => Promise<void>>> = {
  'prints where everything is': async ({ stdout, ready }) => {
    const { signIn, console, mail, traffic, kubeconfig, github, endpoints } = ready;
    for (const address of [signIn, console, mail, traffic, kubeconfig, github, endpoints.stepfunctions]) {
      expect(stdout).toContain(address);
    }
    expect((await fetch(signIn)).status).toBe(200);
  },
  'what GitHub delivers when CI has built it': async (ran) => {
    const operation = await newest(ran);
    expect(operation).toMatchObject({ kind: 'deployment', outcome: null });
    expect(ran.stdout).toContain(operation?.id);
  },
  'as ana@example.com, the operator of this sandbox': async ({ stdout, ready }) => {
    expect(ready.operator).toBe('ana@example.com');
    expect(stdout).toContain('approved by ana@example.com');
    expect(stdout).not.toContain('approved by cleo@example.com');
  },
  'the rules ask for a second person; each of them has a link by mail, too': async (ran) => {
    expect(ran.stdout).toMatch(
      /\(v2\.1\.0\): approved\n {2}subject [0-9a-f]{64}\n.*ana@example\.com.*\n.*approved by cleo@example\.com/,
    );
    const links = await ran.pipeline.approvalLinks('v2.1.0');
    expect([...links.keys()]).toEqual(expect.arrayContaining(['ana@example.com', 'cleo@example.com']));
  },
  'until all of the traffic is on v2.1.0, in green': async (ran) => {
    expect(await newest(ran)).toMatchObject({ kind: 'deployment', outcome: 'succeeded' });
    const { active, environments } = await ran.pipeline.service();
    expect({ active, green: environments.green }).toMatchObject({
      active: 'green',
      green: { version: 'v2.1.0', weight: 100 },
    });
  },
  'all of the traffic goes back to v2.0.5, in blue': async (ran) => {
    expect(await allOn('blue', ran)).toMatchObject({ version: 'v2.0.5' });
  },
  'until the way back is proven': async (ran) => {
    expect(await newest(ran)).toMatchObject({ kind: 'rollback', outcome: 'succeeded' });
  },
  'v2.1.0 is on hold: it is not deployed again until somebody releases the hold': async ({ stdout, pipeline }) => {
    expect(stdout).toMatch(/on hold: v2\.1\.0/);
    expect((await pipeline.service()).holds).toMatchObject([{ version: 'v2.1.0' }]);
  },
  'until its errors have sent the traffic back; it exits with 4': async (ran) => {
    const [deployed] = (await ran.pipeline.operations()).filter(({ kind }) => kind === 'deployment');
    expect(deployed).toMatchObject({ release: { version: 'v2.2.0' }, outcome: 'rolled-back' });
    expect(await allOn('blue', ran)).toMatchObject({ version: 'v2.0.5' });
  },
  'first prints what differs from the file': async ({ stdout, ready }) => {
    expect(stdout).toMatch(/Differences from my-service\/sluice\.yaml:\n {2}/);
    expect(stdout).toContain('services[0].objectives.source: ');
    expect(ready.host).toBe('shop.example.com');
  },
  'as kim@example.com, the first of people': async ({ stdout, ready }) => {
    expect(ready.operator).toBe('kim@example.com');
    expect(stdout).toContain('approved by kim@example.com');
  },
  'until shop v2.1.0 has all of the traffic': async (ran) => {
    expect(await shop(ran)).toMatchObject({ environments: { green: { version: 'v2.1.0', weight: 100 } } });
  },
  'until shop v2.0.5 has it again': async (ran) => {
    expect(await shop(ran)).toMatchObject({ environments: { blue: { version: 'v2.0.5', weight: 100 } } });
  },
  'half of it by hand; it goes back by itself': async (ran) => {
    expect(ran.stdout).toContain('blue 50 %, green 50 %');
    await allOn('blue', ran);
  },
};

const documents = await Promise.all(
  (await listDocuments(root)).map(async (name) => ({ name, blocks: await readDocument(root, name) })),
);
const forSandboxes = documents
  .map(({ name, blocks }) => ({
    name,
    commands: blocks.filter(({ marking }) => marking === 'sandbox').flatMap(({ commands }) => commands),
  }))
  .filter(({ commands }) => commands.length > 0);

it('every block of commands in a document says for what it is', () => {
  const blocks = documents.flatMap((document) => document.blocks);
  const known: readonly (string | null)[] = markings;

  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.filter(({ marking }) => !known.includes(marking)).map(({ place }) => place)).toEqual([]);
});

it('every promise of a command for sandboxes is checked, and nothing is checked that no document promises', () => {
  const promised = forSandboxes.flatMap(({ commands }) => commands.flatMap(({ comment }) => comment ?? []));

  expect([...new Set(promised)].sort()).toEqual(Object.keys(promises).sort());
});

it('no document, page or message has anybody call npx for sluice, which outside of a checkout is somebody else’s', async () => {
  const texts = await readTexts();

  expect(texts.length).toBeGreaterThan(100);
  expect(texts.filter(({ text }) => /npx (-\S+ )*sluice/.test(text)).map(({ name }) => name)).toEqual([]);
});

const startsSandbox = ({ text }: DocumentedCommand) => /^npm start\b(?!.*--help)/.test(text);
const starting = forSandboxes.filter(({ commands }) => commands.some(startsSandbox));
/** Runbooks look at a sandbox that runs, and change nothing: all of them share one. */
const looking = forSandboxes.filter((document) => !starting.includes(document));
const runbooks = {
  name: 'the runbooks',
  commands: [
    { place: 'before the runbooks', text: 'npm start -- --no-load', comment: null },
    ...looking.flatMap(({ commands }) => commands),
  ],
};

describe.each([...starting, runbooks])('$name', ({ commands }) => {
  let folder: string;
  /** Whatever a failure may leave behind. */
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await freshClone();
  });
  afterAll(async () => {
    for (const child of running) await endAsByHand(child);
    await rm(folder, { recursive: true, force: true });
  });

  it('does what it says, line by line on a fresh data directory', async () => {
    for (const command of commands) {
      try {
        const stdout = startsSandbox(command) ? await start(command) : await run(command);
        if (command.comment === null) continue;
        const ready: Ready = JSON.parse(await readFile(join(folder, '.sluice', 'ready.json'), 'utf8'));
        await promises[command.comment]?.({ stdout, ready, pipeline: pipelineOf({ ready }) });
      } catch (cause) {
        throw new Error(`${command.place}: ${command.text}\n${cause instanceof Error ? cause.message : cause}`, {
          cause,
        });
      }
    }
  });

  /** Runs a command to its end, which has to be a good one unless its comment says otherwise. */
  async function run({ text, comment }: DocumentedCommand): Promise<string> {
    const { child, printed } = spawnIn(folder, text);
    running.push(child);
    const [code] = await once(child, 'close');
    const [, promised = '0'] = /it exits with (\d)$/.exec(comment ?? '') ?? [];
    if (code !== Number(promised))
      throw new Error(`It exited with ${code} and printed:\n${printed.stdout}${printed.stderr}`);
    return printed.stdout;
  }

  /** Starts what goes on until Ctrl-C, and waits until it has said that it runs. */
  async function start({ text }: DocumentedCommand): Promise<string> {
    const { child, printed } = spawnIn(folder, text);
    running.push(child);
    await until('the sandbox says how it is ended', patienceMs, async () => {
      if (child.exitCode !== null) throw new Error(`It ended:\n${printed.stdout}${printed.stderr}`);
      return printed.stdout.includes('Ctrl-C');
    });
    return printed.stdout;
  }
});

/** The sources as a clone has them, with the packages of this checkout: what `npm ci` would bring. */
async function freshClone(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-clone-'));
  const ignored = (await readFile(join(root, '.gitignore'), 'utf8')).split('\n').map((line) => line.replace(/\/$/, ''));
  const left = new Set(['.git', ...ignored]);
  await cp(root, folder, { recursive: true, filter: (path) => !left.has(basename(path)) });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, '.sluice-kubectl'));
  await symlink(await layerBinary('kubectl'), join(folder, '.sluice-kubectl', 'kubectl'));
  return folder;
}

/** As in a terminal of somebody who has just cloned it and uses its kubeconfig, but for the ports, which may be in use on this machine. */
function spawnIn(folder: string, text: string) {
  const { PATH, HOME, TMPDIR } = process.env;
  const env = {
    // As after `npm link`, and with kubectl also where the machine has none.
    PATH: `${folder}:${PATH}:${join(folder, '.sluice-kubectl')}`,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    SLUICE_PORT: '0',
    KUBECONFIG: join(folder, '.sluice', 'kubeconfig'),
  };
  // A group of its own, to which Ctrl-C goes.
  const child = spawn('bash', ['-c', text], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      printed[name] += chunk.toString();
    });
  }
  return { child, printed };
}

async function endAsByHand(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGINT');
  await ended;
}

/** Whatever people read: documents, and the texts in what runs for them. */
async function readTexts(): Promise<{ name: string; text: string }[]> {
  const names = await listDocuments(root);
  const rooms = '{cli,console,functions,pipeline,sandbox,core,contracts,adapters,cdk,statemachines}';
  for await (const name of glob(`${rooms}/**/*.{ts,tsx,js,html,yaml}`, { cwd: root })) names.push(name);
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(root, name), 'utf8') })));
}
