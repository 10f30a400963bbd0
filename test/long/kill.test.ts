import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTrailers } from '../../adapters/gitops/commit-trailers.ts';
import { finish, type Observed, startObserved } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

// One deployment, in the way of which the whole sandbox dies at each moment that matters (rule 5). What is nudged is never nudged again
// afterwards: the timers alone have to carry it on.
let observed: Observed;
beforeAll(async () => {
  observed = await startObserved(...configured({ ...quick, 'approvals.recheck': '2s' }));
});
afterAll(() => finish(observed));

type Fault = Parameters<Observed['pipeline']['dependency']>[0] & { fault: 'hang' | 'silent' };
const callback: Fault = { dependency: 'stepfunctions', fault: 'hang', match: 'SendTaskSuccess' };
const branchUpdate: Fault = { dependency: 'github', fault: 'silent', match: '^PATCH .*/git/refs/' };
const routeWrite = (fault: 'hang' | 'silent'): Fault => ({
  dependency: 'kubernetes',
  fault,
  match: '^(PUT|PATCH) .*/virtualservices/',
});
const reportMail: Fault = { dependency: 'ses', fault: 'hang', match: '^POST ' };

const version = 'v2.1.0';
const approvers = ['ana@example.com', 'cleo@example.com'] as const;
let first: string;
let next: string;

/** Dies while a call to this dependency hangs; what the call asked for was done (`silent`) or not (`hang`). */
async function dieWhile({ dependency }: Fault, done: () => Promise<boolean> = async () => true): Promise<void> {
  const { pipeline, sandbox } = observed;
  await until(`${dependency} is asked`, patienceMs, async () =>
    (await pipeline.dependencies()).some((one) => one.dependency === dependency && one.spoilt > 0),
  );
  await until('what was asked is done', patienceMs, done);
  await sandbox.killAndRestart();
}
const timeline = async (id: string) => (await observed.pipeline.operation(id)).timeline;
const times = async (id: string, action: string, phase: string) =>
  (await timeline(id)).filter((entry) => entry.action === action && entry.phase === phase).length;
const commitsOf = async (id: string) => {
  const { pipeline } = observed;
  const list = await pipeline.github<{ commit: { message: string } }[]>(
    '/commits?sha=env/green&per_page=100',
    pipeline.deployRepository,
  );
  return list.filter(({ commit }) => readTrailers(commit.message)?.operation === id).length;
};

it('while it waits for approval, and between the quorum’s write and its callback: the same links count, and the timer finds them', async () => {
  const { pipeline, sandbox } = observed;
  await pipeline.deliver(await pipeline.workflowRunPayload());
  first = (await pipeline.firstOperation()).id;
  await pipeline.inState(first, 'awaiting-approval');
  const links = await pipeline.linksOf(version, approvers);
  await until('everybody was asked', patienceMs, async () => (await times(first, 'request-approval', 'result')) > 0);
  const approve = (who: string) => pipeline.decide(links.get(who) ?? '', { decision: 'approve', version, reason: '' });

  await sandbox.killAndRestart();
  expect((await approve(approvers[0])).status).toBe(200);
  // Only an execution that waits again has a callback: longer than `recheck` after the restart it does.
  const since = Date.now();
  await until('it waits again', patienceMs, async () => Date.now() - since > 4_000);
  await pipeline.dependency(callback);
  void approve(approvers[1]).catch(() => 'nobody is there any more to answer');
  await dieWhile(callback);
  await pipeline.dependency(branchUpdate); // for the next moment, before anything can get there
  await until('it is past the approval', patienceMs, async () => (await times(first, 'acquire-lock', 'result')) > 0);

  const { approvals } = await pipeline.operation(first);
  expect(approvals?.decisions.map(({ approver }) => approver)).toEqual(approvers);
});

it('between an effect and its result: one commit, although nobody was told of it', async () => {
  const { pipeline } = observed;
  await dieWhile(branchUpdate, async () => (await commitsOf(first)) === 1);
  await pipeline.dependency(routeWrite('hang'));
  await pipeline.heal('github');
  await pipeline.inState(first, 'shifting-traffic');

  expect(await times(first, 'commit-release', 'intent')).toBeGreaterThan(
    (await times(first, 'commit-release', 'result')) - 1,
  );
  expect(await commitsOf(first)).toBe(1);
});

it('between an intent and its effect, and then between that effect and its result: each weight is written once', async () => {
  const { pipeline, recorder } = observed;
  next = await pipeline.begin('v2.2.0');
  await pipeline.inState(next, 'awaiting-lock');
  const write = routeWrite('hang');
  await dieWhile(write);
  expect((await pipeline.service()).environments.green.weight).toBe(0);

  await pipeline.dependency(routeWrite('silent'));
  await dieWhile(write, async () => (await pipeline.service()).environments.green.weight === 50);
  await pipeline.dependency(callback);
  await pipeline.heal('kubernetes');
  await pipeline.weightReached('green', 100);

  const written = recorder.route.filter(({ fence }) => fence?.operation === first);
  const bySeq = new Map(written.map(({ fence, green }) => [fence?.seq, green]));
  expect([...bySeq.values()]).toEqual([0, 50, 100]);
});

it('between the release of the lock and the wake-up of the next: that one takes its turn by itself', async () => {
  const { pipeline } = observed;
  await pipeline.dependency(reportMail); // for the next moment, before anything can get there
  await dieWhile(callback, async () => (await pipeline.service()).lock.holder === null);
  await until('the next has the lock', patienceMs, async () => (await times(next, 'acquire-lock', 'result')) > 1);

  await pipeline.post(`/api/operations/${next}/abort`, { reason: 'seen enough' });

  expect(await pipeline.operation(first)).toMatchObject({ outcome: 'succeeded' });
  expect(await times(first, 'end', 'result')).toBe(1);
  expect(await times(first, 'release-lock', 'result')).toBe(1);
});

it('between the intent of a report and its mail: everybody gets one', async () => {
  const { pipeline } = observed;
  await dieWhile(
    reportMail,
    async () => (await times(first, 'report', 'intent')) > (await times(first, 'report', 'result')),
  );
  await pipeline.heal();
  await until('it is reported', patienceMs, async () =>
    (await timeline(first)).some(({ action, details }) => action === 'report' && 'result' in details),
  );

  const reports = (await pipeline.mails()).filter(({ subject }) => subject.includes(`${version}: deployment`));
  const to = reports.flatMap(({ destination }) => destination.to);
  expect(to).toEqual([...new Set(to)]);
  expect(to).toContain('devops@example.com');
});

it('and in the end the audit of both is whole, and nothing was done twice', async () => {
  const { pipeline } = observed;
  await pipeline.endsAs(next, 'aborted');
  expect((await pipeline.service()).environments.green).toMatchObject({ version, weight: 100 });
  expect(await commitsOf(first)).toBe(1);
  for (const action of ['register', 'end']) expect(await times(first, action, 'result')).toBe(1);
  expect(await times(first, 'report', 'intent')).toBe(await times(first, 'report', 'result'));
});
