import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { kubectlOf } from '../support/kubectl.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

const { sandbox, pipeline, recorder } = observedSandbox(...configured({ ...quick, 'traffic.steps': [5, 50, 100] }));
afterEach(() => pipeline.heal());
const service = 'chest-xray-mlops';

let release = 0;
const nextVersion = () => {
  release += 1;
  return `v6.0.${release}`;
};
const kubectl = kubectlOf(sandbox);
const live = () => recorder.route.at(-1);

/** The entry that says what was there and what was found. */
async function driftOf(id: string, what: string) {
  const entry = await until(`the drift of ${what} is recorded`, patienceMs, async () =>
    (await pipeline.operation(id)).timeline.find(
      ({ action, details }) => action === 'drift' && (details.details as { what: string }).what === what,
    ),
  );
  return entry.details.details as { before: unknown; after: unknown };
}

/** A deployment with 5 % of the traffic. */
async function inShift(): Promise<string> {
  const id = await pipeline.begin(nextVersion());
  await pipeline.weightReached('green', 5);
  return id;
}

async function unfreeze(reason: string): Promise<void> {
  expect((await pipeline.post(`/api/services/${service}/unfreeze`, { reason })).status).toBe(200);
}

describe('somebody else changes the route in the middle of a shift (rule 8)', () => {
  const patch = (json: object) =>
    kubectl('patch', 'virtualservice', service, '-n', 'production', '--type=json', '-p', JSON.stringify(json));

  it('the weights: seen within a tick, recorded with both, and all goes back', async () => {
    const id = await inShift();

    await patch([
      { op: 'replace', path: '/spec/http/0/route/0/weight', value: 40 },
      { op: 'replace', path: '/spec/http/0/route/1/weight', value: 60 },
    ]);
    const drift = await driftOf(id, 'weights');

    expect(drift).toMatchObject({ before: { blue: 95, green: 5 }, after: { blue: 40, green: 60 } });
    await pipeline.settlesAs(id, 'rolled-back');
    expect(live()).toMatchObject({ blue: 100, green: 0 });
    // It says nothing of the release.
    expect((await pipeline.service()).holds).toEqual([]);
  });

  it('the fence is removed: seen within a tick, all goes back under a new one, and the service freezes and pages', async () => {
    const id = await inShift();

    await patch([{ op: 'remove', path: '/metadata/annotations/sluice.dev~1fence' }]);
    const drift = await driftOf(id, 'fence');

    expect(drift).toMatchObject({ before: { operation: id }, after: { fence: null, weights: { blue: 95, green: 5 } } });
    const operation = await pipeline.settled(id);
    expect(operation.outcome).toBe('frozen');
    expect(operation.reason).toContain('fence');
    expect(live()).toMatchObject({ blue: 100, green: 0, fence: { origin: 'blue' } });
    expect((await pipeline.service()).frozen).toMatchObject({ reason: expect.stringContaining('fence') });
    await until('the on-call is paged', patienceMs, async () =>
      JSON.stringify(await pipeline.pages()).includes('fence annotation'),
    );
    await unfreeze('it was my script');
  });

  it('the fence is removed at rest: the next operation finds it, moves nothing, and the service freezes', async () => {
    await patch([{ op: 'remove', path: '/metadata/annotations/sluice.dev~1fence' }]);

    const id = await pipeline.begin(nextVersion());

    await pipeline.settlesAs(id, 'frozen');
    expect(recorder.route.some(({ green, fence }) => green > 0 && fence?.operation === id)).toBe(false);
    expect(live()).toMatchObject({ blue: 100, green: 0, fence: { origin: 'blue' } });
    await unfreeze('it was my script');
  });

  it('the route is deleted: the service freezes and pages; once the route is there again a person goes on', async () => {
    const id = await inShift();
    const manifest = JSON.parse(await kubectl('get', 'virtualservice', service, '-n', 'production', '-o', 'json'));

    await kubectl('delete', 'virtualservice', service, '-n', 'production');
    const drift = await driftOf(id, 'route');

    expect(drift).toEqual({ what: 'route', before: { blue: 95, green: 5 }, after: null });
    await pipeline.endsAs(id, 'frozen');
    await until('the on-call is paged', patienceMs, async () =>
      JSON.stringify(await pipeline.pages()).includes('does not exist'),
    );
    expect(await pipeline.service()).toMatchObject({
      active: null,
      environments: { blue: { weight: null, health: 'healthy' }, green: { weight: null } },
      frozen: { operation: expect.any(String) },
      problem: expect.stringMatching(/does not exist.*apply it/),
    });
    const { name, namespace, annotations, labels } = manifest.metadata;
    for (const [index, target] of manifest.spec.http[0].route.entries()) target.weight = index === 0 ? 100 : 0;
    const file = `${sandbox.dataDir}/route.json`;
    await writeFile(file, JSON.stringify({ ...manifest, metadata: { name, namespace, annotations, labels } }));
    await kubectl('create', '-f', file);
    await unfreeze('the route is back');
  });
});

describe('somebody else changes the capacity in the middle of a shift (rule 8; DESIGN §5, Capacity)', () => {
  const minimum = async (environment: string) =>
    Number(
      await kubectl('get', 'hpa', service, '-n', `production-${environment}`, '-o', 'jsonpath={.spec.minReplicas}'),
    );
  const setMinimum = (environment: string, minReplicas: number) =>
    kubectl(
      'patch',
      'hpa',
      service,
      '-n',
      `production-${environment}`,
      '-p',
      JSON.stringify({ spec: { minReplicas } }),
    );

  const ready = async (environment: 'blue' | 'green') => (await pipeline.service()).environments[environment].ready;

  it('once: recorded with both, the step is planned anew with its capacity, and the release arrives', async () => {
    const version = nextVersion();
    const id = await pipeline.begin(version);
    await pipeline.weightReached('green', 5);

    await setMinimum('green', 1);
    const drift = await driftOf(id, 'minReplicas of green');

    expect(drift).toMatchObject({ before: 3, after: 1 });
    await pipeline.settlesAs(id, 'succeeded');
    expect(await minimum('green')).toBe(3);
    const { timeline } = await pipeline.operation(id);
    expect(timeline.filter(({ action, phase }) => action === 'restore-capacity' && phase === 'intent')).toHaveLength(1);
    expect((await pipeline.service()).environments.green.version).toBe(version);
  });

  it('again and again, by the self-heal of an Argo CD that was told nothing of Sluice: not fought, all goes back', async () => {
    const { active: origin } = await pipeline.service();
    const target = origin === 'blue' ? 'green' : 'blue';
    const patch = (kind: string, name: string, spec: object) =>
      kubectl('patch', kind, name, '-n', 'argocd', '--type=merge', '-p', JSON.stringify({ spec }));
    const application = `chest-xray-mlops-prod-${target}`;
    // One pod more than the chart says, to which a self-heal goes back.
    await setMinimum(origin, 4);
    await until('the origin has 4 pods', patienceMs, async () => (await ready(origin)) === 4);
    const id = await pipeline.begin(nextVersion());
    await pipeline.weightReached(target, 5);
    const { ignoreDifferences, syncPolicy } = JSON.parse(
      await kubectl('get', 'application', application, '-n', 'argocd', '-o', 'jsonpath={.spec}'),
    );

    const automated = { ...syncPolicy, automated: { selfHeal: true } };
    await patch('application', application, { ignoreDifferences: null, syncPolicy: automated });
    const operation = await pipeline.settled(id);
    await patch('application', application, { ignoreDifferences, syncPolicy });

    const healed = operation.timeline.filter(({ action }) => action === 'drift').map(({ details }) => details.details);
    const drift = { what: `minReplicas of ${target}`, before: 4, after: 3 };
    expect(healed).toEqual([drift, drift]);
    expect(operation).toMatchObject({ outcome: 'rolled-back' });
    expect(operation.reason).toContain(`minReplicas of ${target} to 3 once more; Sluice last wrote 4`);
    expect(live()).toMatchObject({ [origin]: 100, [target]: 0 });
  });
});

describe('somebody else commits to an environment’s branch (I3)', () => {
  /** What a merge does, by GitHub's Git data API. */
  async function merge(environment: string): Promise<{ before: string; after: string }> {
    const call = async <T>(path: string, method = 'GET', body?: object): Promise<T> => {
      const { github, secrets } = sandbox.ready;
      const answer = await fetch(`${github}/repos/${pipeline.deployRepository}/git${path}`, {
        method,
        headers: { authorization: `Bearer ${secrets.githubToken}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok)
        throw new Error(`GitHub answered ${method} ${path} with ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T; // GitHub's shapes
    };
    const ref = `/ref/heads/env/${environment}`;
    const { object } = await call<{ object: { sha: string } }>(ref);
    const { tree } = await call<{ tree: { sha: string } }>(`/commits/${object.sha}`);
    const values = {
      path: 'chart/values-production.yaml',
      mode: '100644',
      type: 'blob',
      content: 'replicaCount: 99\n',
    };
    const changed = await call<{ sha: string }>('/trees', 'POST', { base_tree: tree.sha, tree: [values] });
    const commit = { message: 'Merge pull request #7', tree: changed.sha, parents: [object.sha] };
    const { sha: after } = await call<{ sha: string }>('/commits', 'POST', commit);
    await call(`/refs/heads/env/${environment}`, 'PATCH', { sha: after, force: false });
    return { before: object.sha, after };
  }

  const pinnedTo = (environment: string) =>
    kubectl(
      ...['get', 'application', `chest-xray-mlops-prod-${environment}`, '-n', 'argocd'],
      ...['-o', 'jsonpath={.spec.source.targetRevision}'],
    );

  it('changes nothing, also of the release that arrives meanwhile', async () => {
    const { active: origin } = await pipeline.service();
    const target = origin === 'blue' ? 'green' : 'blue';
    const before = await pinnedTo(origin);
    const id = await pipeline.begin(nextVersion());
    await pipeline.weightReached(target, 5);

    await merge(origin);

    await pipeline.settlesAs(id, 'succeeded');
    expect(await pinnedTo(origin)).toBe(before);
  });

  it('stops the next release on it before any effect, with the difference; once a person has reset it, all of it is gone', async () => {
    const { active } = await pipeline.service();
    const standby = active === 'blue' ? 'green' : 'blue';
    const path = `/api/services/${service}/branches/${standby}`;
    const before = await pinnedTo(standby);
    const version = nextVersion();

    // Nobody is asked to approve it.
    const { workflowRunPayload } = await pipeline.release(version);
    const { operation } = (await (await pipeline.deliver(workflowRunPayload)).json()) as { operation: string }; // the webhook's own answer
    const stopped = await pipeline.settled(operation);

    expect(stopped.outcome).toBe('failed-validation');
    expect(stopped.reason).toContain('“Merge pull request #7”');
    expect(stopped.reason).toContain('chart/values-production.yaml (modified)');
    expect(stopped.reason).toContain(`sluice branch reset --service ${service} --environment ${standby}`);
    expect(await pinnedTo(standby)).toBe(before);
    // It says nothing of the release.
    expect((await pipeline.service()).holds).toEqual([]);

    const { foreign } = (await pipeline.api(path)) as { foreign: { head: string; files: { patch: string }[] } };
    expect(foreign.files[0]?.patch).toContain('+replicaCount: 99');
    const decided = await pipeline.post(path, { kind: 'reset', head: foreign.head, reason: 'merged by mistake' });
    expect(decided.status).toBe(200);

    const next = await pipeline.settled(await pipeline.begin(nextVersion()));
    expect(next.outcome).toBe('succeeded');
    const file = await kubectl('get', 'deployment', service, '-n', `production-${standby}`, '-o', 'json');
    expect(JSON.parse(file).spec.replicas).not.toBe(99);
  });
});
