import { beforeEach, expect, it } from 'vitest';
import { observedSandbox } from '../support/observed-sandbox.ts';

const { pipeline } = observedSandbox('--no-load');
beforeEach(() => pipeline.toRest());
const deploy = async (version: string, user: string) => {
  const answer = await pipeline.post('/api/deployments', { service: 'chest-xray-mlops', version }, user);
  await pipeline.inState(String(answer.body.operation), 'awaiting-approval');
  return String(answer.body.operation);
};
const approve = (link: string | undefined, version: string) =>
  pipeline.decide(link ?? '', { decision: 'approve', version, reason: '' });

it('one rejection with a reason ends a deployment, and everybody who looks sees who and why', async () => {
  const id = await deploy('v2.1.0', 'dana@example.com');
  const links = await pipeline.linksOf('v2.1.0', ['ana@example.com', 'cleo@example.com']);

  const rejected = await pipeline.decide(links.get('cleo@example.com') ?? '', {
    decision: 'reject',
    version: 'v2.1.0',
    reason: 'recall dropped on the external set',
  });
  const ended = await pipeline.ended(id);
  const late = await approve(links.get('ana@example.com'), 'v2.1.0');

  expect(rejected.status).toBe(200);
  expect(ended).toMatchObject({ outcome: 'rejected' });
  expect(ended.reason).toBe('Rejected by cleo@example.com: recall dropped on the external set [Rejected]');
  expect(late.status).toBe(409);
  expect((await pipeline.service()).environments.blue).toMatchObject({ weight: 100, version: 'v2.0.5' });
});

it('a link decides once: the same click again changes nothing, the opposite one is refused', async () => {
  await pipeline.release('v2.2.0', { author: { login: 'emil' } });
  const id = await deploy('v2.2.0', 'dana@example.com');
  const links = await pipeline.linksOf('v2.2.0', ['ana@example.com']);
  const link = links.get('ana@example.com');

  const first = await approve(link, 'v2.2.0');
  const again = await approve(link, 'v2.2.0');
  const opposite = await pipeline.decide(link ?? '', {
    decision: 'reject',
    version: 'v2.2.0',
    reason: 'changed my mind',
  });

  expect([first.status, again.status, opposite.status]).toEqual([200, 200, 409]);
  const { approvals, state } = await pipeline.operation(id);
  expect(state).toBe('awaiting-approval');
  expect(approvals?.decisions.map(({ approver, decision }) => [approver, decision])).toEqual([
    ['ana@example.com', 'approve'],
  ]);
  expect(approvals?.missing.map(({ role }) => role)).toEqual(['ml-lead']);
});

it('starts of one version, at once and afterwards, leave one operation, its approvals and one mail for each approver', async () => {
  const version = 'v2.2.5';
  await pipeline.release(version, { author: { login: 'emil' } });
  const ask = () => pipeline.post('/api/deployments', { service: 'chest-xray-mlops', version }, 'dana@example.com');

  const together = await Promise.all([ask(), ask(), ask()]);
  const ids = [...new Set(together.map(({ body }) => String(body.operation)))];
  const links = await pipeline.linksOf(version, ['ana@example.com', 'ben@example.com', 'cleo@example.com']);
  await approve(links.get('ben@example.com'), version);
  const again = [await ask(), await ask()];

  const waiting = String(again[0]?.body.operation);
  expect(again.map(({ body }) => [body.operation, body.joined])).toEqual([
    [waiting, true],
    [waiting, true],
  ]);
  for (const id of ids.filter((one) => one !== waiting))
    expect(await pipeline.ended(id)).toMatchObject({ outcome: 'superseded', reason: expect.stringContaining(waiting) });
  const { state, approvals } = await pipeline.operation(waiting);
  expect([state, approvals?.decisions.map(({ approver }) => approver)]).toEqual([
    'awaiting-approval',
    ['ben@example.com'],
  ]);
  const asked = (await pipeline.mails()).filter(
    ({ subject }) => subject.startsWith('Approval needed') && subject.endsWith(version),
  );
  expect(asked.map(({ destination }) => destination.to[0]).sort()).toEqual([
    'ana@example.com',
    'ben@example.com',
    'cleo@example.com',
  ]);
});

it('who wrote a release does not count towards its quorum, under whatever address, and everybody is told', async () => {
  // Neither GitHub nor people: knows this mail address. GitHub knows who pushed.
  await pipeline.release('v2.3.0', { author: { login: 'ana', mail: 'ana.private@gmail.example' } });
  const id = await deploy('v2.3.0', 'dana@example.com');
  const links = await pipeline.linksOf('v2.3.0', ['ana@example.com', 'ben@example.com', 'cleo@example.com']);

  const byAuthor = await approve(links.get('ana@example.com'), 'v2.3.0');
  const after = await pipeline.operation(id);
  const byOther = await approve(links.get('ben@example.com'), 'v2.3.0');
  const last = await pipeline.operation(id);

  expect([byAuthor.status, byOther.status]).toEqual([200, 200]);
  expect(await byAuthor.text()).toContain('Your approval is recorded, but does not count: ana@example.com');
  expect(after.approvals?.decisions).toMatchObject([
    { approver: 'ana@example.com', uncounted: expect.stringContaining('ana@example.com') },
  ]);
  expect(after.state).toBe('awaiting-approval');
  expect([...(after.approvals?.excluded ?? [])].sort()).toEqual([
    'ana@example.com',
    'dana@example.com',
    // Of what came in since the live release.
    'emil@example.com',
  ]);
  expect(after.approvals?.missing.map(({ role }) => role)).toEqual(['devops', 'ml-lead']);
  expect(last.approvals?.missing.map(({ role }) => role)).toEqual(['ml-lead']);
  expect(last.state).toBe('awaiting-approval');
});

it('a release that nobody is left to approve for a role ends at once', async () => {
  await pipeline.release('v2.3.1', { author: { login: 'cleo', mail: 'cleo@example.com' } });

  const asked = { service: 'chest-xray-mlops', version: 'v2.3.1' };
  const started = await pipeline.post('/api/deployments', asked, 'dana@example.com');
  const ended = await pipeline.ended(String(started.body.operation));

  expect(ended.outcome).toBe('failed-validation');
  expect(ended.reason).toContain('cleo@example.com');
});
