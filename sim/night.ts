import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { ownTemplate } from '../sandbox/configuration.ts';
import { type Operation, pipelineOf } from '../test/support/pipeline.ts';
import { createActs } from './acts.ts';
import type { Machine } from './machine/machine.ts';
import { createObserver, type Observer, type Violation } from './observer.ts';
import { createPeople } from './people.ts';
import { nightMs, type Schedule, tellAct } from './schedule.ts';
import { startUsers, type Users } from './users.ts';
import { type Call, openWorld, type World } from './world.ts';

/** What was seen of a night. */
export interface Night {
  readonly violations: readonly Violation[];
  readonly calls: readonly Call[];
  /** What happened, a line each. */
  readonly story: readonly string[];
  /** Virtual ms until everything had ended. */
  readonly lasted: number;
}

type Pipeline = ReturnType<typeof pipelineOf>;

/** The longest deadline of the sandbox's configuration is half an hour: what is open after this will never end. */
const patience = 40 * 60_000;
/** How often people look. */
const every = 3_000;
/** For one thing that somebody does: longer than every deadline of a request. */
const longest = 5 * 60_000;

/** The sandbox's own configuration, with fewer looks and steps, and shares of so few users that can be judged. */
async function configuration(): Promise<string> {
  const document = parseDocument(await readFile(ownTemplate, 'utf8'));
  document.setIn(['services', 0, 'traffic', 'steps'], [20, 50, 100]);
  document.setIn(['services', 0, 'health', 'every'], '2s');
  document.setIn(['services', 0, 'objectives', 'every'], '1s');
  return document.toString();
}

/** Plays a night from its first act until everything has ended, and judges it. */
export async function playNight(machine: Machine, schedule: Schedule): Promise<Night> {
  const { time } = machine;
  const options = { seed: schedule.seed, configuration: await configuration(), load: false, log: () => undefined };
  const world = await time.run(openWorld(machine, options), longest);
  const users = startUsers(world.sandbox.ready);
  try {
    return await play(machine, world, users, schedule);
  } finally {
    await time.run(users.close(), longest);
    await time.run(world.close(), longest);
  }
}

async function play(machine: Machine, world: World, users: Users, { acts }: Schedule): Promise<Night> {
  const { time } = machine;
  const pipeline = pipelineOf(world.sandbox);
  // The clock that nobody sets.
  const began = performance.now();
  const since = () => performance.now() - began;
  const story: string[] = [];
  const tell = (what: string) => story.push(`${(since() / 1000).toFixed(1).padStart(7)} s  ${what}`);
  const observer = createObserver(world, since);
  const deployed = acts.flatMap(({ act }) => (act.do === 'deploy' ? [act] : []));
  const approvals = new Map(deployed.map(({ version, approval }) => [version, approval]));
  const people = createPeople(pipeline, observer, approvals, tell);
  const { perform } = createActs(machine, world, pipeline, tell);
  const until = async (at: number) => {
    while (since() < at) {
      await time.pass(Math.min(every, at - since()));
      await time.run(people.look(), longest);
    }
  };

  const { environments } = await time.run(pipeline.service(), longest);
  for (const { version } of Object.values(environments)) if (version !== null) observer.approved.add(version);
  const look = () =>
    observer.look().then(
      () => {
        const weights = observer.changes.at(-1)?.weights;
        if (weights !== undefined) void users.split(weights.blue * weights.green > 0);
        if (weights !== undefined) tell(`the route: blue ${weights.blue} %, green ${weights.green} %`);
      },
      (error: Error) => observer.accuse('observer', `could not look: ${error.message}`),
    );
  await time.run(look(), longest);
  world.onClusterWrite = (path) => {
    if (path.includes('/virtualservices/')) void look();
  };

  for (const { at, act } of acts) {
    await until(at);
    tell(tellAct(act));
    await time.run(perform(act), longest);
  }
  await until(nightMs);
  tell('everything is mended');
  await time.run(pipeline.heal(), longest);
  const deadline = since() + patience;
  const open = () => time.run(people.look(), longest);
  for (let left = await open(); left === null || left.length > 0; left = await open()) {
    if (since() > deadline) {
      const what = (left ?? []).map(({ id, kind, state }) => `${kind} ${id} is ${state}`);
      observer.accuse('I5', `${patience / 60_000} minutes after everything was mended ${what.join(', ')}`);
      break;
    }
    await time.pass(every);
  }
  // The guardian looks every ten seconds for what it was not told.
  await time.pass(30_000);
  // What a release does is seen by its metrics; a night in which somebody else changes that, or spoils them, says nothing of it.
  const measured = acts.every(({ act }) => act.do !== 'spoil' && !(act.do === 'break' && act.dependency === 'metrics'));
  const bad = new Set(
    deployed.filter(({ behaviour }) => measured && behaviour !== 'good').map(({ version }) => version),
  );
  // A fault of Sluice's own dependencies blames no release, and a person may lift a hold.
  const others = ['break', 'kill', 'set-clock', 'release-holds'];
  const blamed = acts.every(({ act }) => !others.includes(act.do));
  await time.run(judge(pipeline, observer, { bad, blamed }, tell), longest);
  return { violations: observer.violations, calls: world.calls, story, lasted: since() };
}

interface Expected {
  /** Versions that misbehave as soon as they run. */
  readonly bad: ReadonlySet<string>;
  /** Whether a release that was rolled back can only have been itself to blame. */
  readonly blamed: boolean;
}

/** What is true of every morning, whatever the night was. */
async function judge(
  pipeline: Pipeline,
  observer: Observer,
  { bad, blamed }: Expected,
  tell: (what: string) => void,
): Promise<void> {
  const [state, operations, pages, weights] = await Promise.all([
    pipeline.service(),
    pipeline.operations(),
    pipeline.pages(),
    observer.weights(),
  ]);
  for (const { id, kind, release, outcome, reason } of [...operations].reverse()) {
    tell(`${kind} ${id} of ${release?.version ?? 'what is live'}: ${outcome ?? 'open'}: ${reason ?? ''}`);
  }
  if (weights.blue * weights.green > 0 && state.frozen === null) {
    observer.accuse('I5', `the traffic is split ${weights.blue}:${weights.green}, and the service is not frozen`);
  }
  // An operation that finds the service frozen ends as `frozen` and has moved nothing; one that freezes it pages a person.
  const froze = operations.filter(({ outcome, weights: own }) => outcome === 'frozen' && own !== null);
  if (froze.length > 0 && pages.length === 0) {
    observer.accuse('I5', `${froze.map(({ id }) => id).join(', ')} ended frozen, and nobody was paged`);
  }
  if (state.lock.holder !== null) observer.accuse('I4', `${state.lock.holder} still has the lock`);
  for (const operation of operations) {
    judgeEnd(operation, observer);
    const { id, kind, outcome, release } = operation;
    if (kind === 'deployment' && outcome === 'succeeded' && bad.has(release?.version ?? '')) {
      observer.accuse('I2', `deployment ${id} of ${release?.version}, which never was well, succeeded`);
    }
    const isHeld = state.holds.some(({ version }) => version === release?.version);
    if (kind === 'deployment' && outcome === 'rolled-back' && blamed && !isHeld) {
      observer.accuse('I6', `${release?.version} was rolled back and is not on hold`);
    }
    const about = operations.find(({ id }) => id === operation.related);
    if (operation.kind === 'rollback' && about?.kind === 'rollback') {
      observer.accuse('I7', `rollback ${about.id} was rolled back by ${operation.id}`);
    }
  }
  await judgeAudit(pipeline, operations, observer);
  await judgeMails(pipeline, operations, observer);
}

/** A deployment that did not succeed leaves the traffic where it was. */
function judgeEnd({ id, kind, outcome, origin, target, weights }: Operation, observer: Observer): void {
  if (kind !== 'deployment' || origin === null || target === null || weights === null) return;
  if (outcome === 'succeeded' || outcome === 'frozen' || outcome === null) return;
  if (weights[origin] !== 100) {
    observer.accuse('I6', `deployment ${id} ended ${outcome} with ${weights[origin]} % on its origin ${origin}`);
  }
}

/** Each change of the weights was announced by an audit entry. */
async function judgeAudit(pipeline: Pipeline, operations: readonly Operation[], observer: Observer): Promise<void> {
  const entries = (await Promise.all(operations.map(({ id }) => pipeline.operation(id)))).flatMap(
    ({ timeline }) => timeline,
  );
  const announced = entries.filter(
    ({ phase, details }) => phase === 'intent' && 'wanted' in details && 'before' in details,
  );
  for (const { at, weights } of observer.changes.slice(1)) {
    const explained = announced.some(({ details }) => {
      // An entry's details are free; those of a change of weights have them.
      const { wanted } = details as { wanted: { blue?: number; green?: number } };
      return wanted.blue === weights.blue && wanted.green === weights.green;
    });
    if (!explained)
      observer.accuse('I9', `nothing in the audit explains ${weights.blue}:${weights.green} at ${at / 1000} s`);
  }
}

/** Mails name operations that exist. */
async function judgeMails(pipeline: Pipeline, operations: readonly Operation[], observer: Observer): Promise<void> {
  const known = new Set(operations.map(({ id }) => id));
  for (const { subject, body } of await pipeline.mails()) {
    for (const [, id] of body.text.matchAll(/\b(01[0-9a-z]{18})\b/g)) {
      if (id !== undefined && !known.has(id))
        observer.accuse('I14', `the mail "${subject}" names operation ${id}, which does not exist`);
    }
  }
}
