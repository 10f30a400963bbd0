/**
 * Helm's own random values are to differ.
 * @vitest-environment node
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChartToRender, Rendered } from '../../../../adapters/gitops/helm.ts';
import { deliveredSource } from '../../../../core/gitops/application-source.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { FakeSource, releasing } from '../support/releasing.ts';
import { commit, createWorld, executionOf, registerGood, type World } from '../support/world.ts';

const liveDigest = `sha256:${'cd'.repeat(32)}`;
let world: World;
let fake: FakeSource;
beforeEach(async () => {
  world = await createWorld();
  fake = new FakeSource();
});

/** What is kept of a deployment of v2.1.0 while v2.0.0 is live on blue. */
async function gathered(standbyCommit = commit, source: object | null = null) {
  const release = releasing(world, fake);
  const id = idOf(executionOf('one'));
  await registerGood(world, { version: 'v2.0.0', digest: liveDigest });
  await release.gather('one');
  const live = { version: 'v2.0.0', digest: liveDigest, environment: 'blue' as const };
  await world.store.operations.update(id, {
    ...{ live, standbyCommit },
    standbySource:
      source === null
        ? null
        : { source: deliveredSource({ spec: { source } }, 'green'), differs: false, problem: null },
  });
  expect(await release.validate('one')).toMatchObject({ outcome: 'passed' });
  const [found, operation] = await Promise.all([world.store.subjects.gathered(id), world.store.operations.read(id)]);
  if (found === null || operation === null) throw new Error('nothing was gathered');
  return { since: found.since, operation };
}

const charts = (blue: string, green: string) => (ref: string) => ({
  kind: 'found' as const,
  commit: 'c'.repeat(40),
  files: new Map([
    ['templates/app.yaml', ref === 'env/blue' ? blue : green],
    ['values-green.yaml', 'size: 3\n'],
    ['values-release.yaml', `version: v2.0.0\nenvironment: ${ref === 'env/blue' ? 'blue' : 'green'}\n`],
  ]),
});
/** Renders a chart's template with its values behind it. */
const rendering = ({ files }: ChartToRender): Rendered => ({
  kind: 'rendered',
  objects: [
    {
      kind: 'Deployment',
      metadata: { name: 'x' },
      spec: { text: `${files.get('templates/app.yaml')}`, values: files.get('values-release.yaml') },
    },
  ],
});

describe('what changes with a release', () => {
  it('has the pull requests that came in since the live one', async () => {
    fake.pulls = [{ number: 47, title: 'Second reading', author: 'emil', url: 'https://github.com/a/b/pull/47' }];

    expect((await gathered()).since.pulls).toEqual(fake.pulls);
  });

  it('has how many live commits are not in it', async () => {
    fake.behind = 3;

    expect((await gathered()).since.changes).toMatchObject({ total: 1, behind: 3 });
  });

  it('has the chart and what Helm makes of it, both as they would be in the target', async () => {
    const asked: ChartToRender[] = [];
    fake.chart = charts('a: 1', 'a: 2');
    fake.render = (chart) => {
      asked.push(chart);
      return rendering(chart);
    };

    const { since } = await gathered();

    expect(since.chart?.files).toEqual(['templates/app.yaml', 'values-release.yaml']);
    expect(since.chart?.text).toContain('-a: 1');
    // The live release is on blue, which is no change of the release.
    expect(since.chart?.text).not.toContain('environment: blue');
    expect(since.manifests).toMatchObject({ files: ['Deployment/x'], cut: false });
    expect(since.manifests?.text).toMatch(/-\s+text: "?a: 1/);
    expect(since.unknown).toEqual([]);
    for (const chart of asked)
      expect(chart).toMatchObject({
        namespace: 'production-green',
        valueFiles: ['values-green.yaml', 'values-release.yaml'],
      });
  });

  it('are rendered with the files of values that the Application takes', async () => {
    const asked: ChartToRender[] = [];
    fake.chart = charts('a: 1', 'a: 2');
    fake.render = (chart) => {
      asked.push(chart);
      return rendering(chart);
    };

    await gathered(commit, { helm: { valueFiles: ['values-release.yaml', 'values-gone.yaml'] } });

    expect(asked.map(({ valueFiles }) => valueFiles)).toEqual(asked.map(() => ['values-release.yaml']));
    expect(asked).not.toEqual([]);
  });

  it.each<[string, (chart: ChartToRender) => Rendered, RegExp]>([
    [
      'where there is no Helm',
      () => ({ kind: 'unknown', reason: 'there is no Helm' }),
      /rendered manifests: there is no Helm\.$/,
    ],
    [
      'of a chart with random values',
      (chart) => {
        const made = rendering(chart);
        return made.kind === 'rendered' ? { ...made, objects: [...made.objects, { at: performance.now() }] } : made;
      },
      /renders something else each time/,
    ],
  ])('says what is not known of the manifests %s, and shows the chart all the same', async (_, render, reason) => {
    fake.chart = charts('a: 1', 'a: 2');
    fake.render = render;

    const { since } = await gathered();

    expect(since.manifests).toBeNull();
    expect(since.chart?.text).toContain('+a: 2');
    expect(since.unknown).toEqual([expect.stringMatching(reason)]);
  });

  it('shows nothing as going in that is thrown away from the branch', async () => {
    await world.store.branches.decide(world.service.name, 'green', {
      ...{ kind: 'reset', head: commit, actor: 'ana@example.com' },
      ...{ at: new Date(world.now()).toISOString(), reason: 'not ours' },
    });
    const refs: string[] = [];
    fake.chart = (ref) => {
      refs.push(ref);
      return charts('a: 1', 'a: 2')(ref);
    };

    const { operation } = await gathered('e'.repeat(40));

    expect(operation.branch).toMatchObject({ head: commit, proposed: false, change: null });
    expect(refs).toEqual(['env/blue', 'e'.repeat(40)]);
  });

  it('is about the chart of the branch', async () => {
    const { operation } = await gathered();

    expect(operation.release?.chartTree).toBe(fake.branchChart);
  });

  it('is still about the same release when its evidence is gathered again', async () => {
    await gathered();

    expect(await releasing(world, fake).gather('one')).toMatchObject({ outcome: 'gathered' });
  });
});
