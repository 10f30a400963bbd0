import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coldStart } from '../../bench/bundles/cold-start.ts';
import { type Dependencies, startDependencies } from '../../bench/bundles/dependencies.ts';
import { firstEvents } from '../../bench/bundles/first-events.ts';
import { environmentOn, exampleOn } from '../../bench/bundles/surroundings.ts';
import { bundleFunctions } from '../../cdk/bundle-functions.ts';
import { type FunctionName, functionNames } from '../../cdk/function-names.ts';
import type { Installation } from '../../cdk/installation.ts';
import { packCli } from '../../cli/build/pack.ts';
import { readConfiguration } from '../../functions/runtime/read-configuration.ts';

/** The functions as AWS has them, bundled once, each called in a process of its own. */
describe('the packages of the functions', () => {
  let folder: string;
  let dependencies: Dependencies;
  let installation: Installation;
  let bundles: Record<FunctionName, string>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-bundles-'));
    dependencies = await startDependencies();
    installation = exampleOn(dependencies);
    bundles = await bundleFunctions(installation, join(folder, 'functions'));
  });
  afterAll(() => {
    dependencies.close();
    rmSync(folder, { recursive: true });
  });

  const start = (name: FunctionName, changes: { env?: Record<string, string>; expected?: object } = {}) => {
    const env = { ...environmentOn(dependencies, folder)(bundles[name]), ...changes.env };
    const file = join(bundles[name], 'handler.mjs');
    return coldStart({ name, file, share: 1, ...firstEvents[name], ...changes, env }, null);
  };

  it('have source maps, the configuration and the bodies of its checks, packed without any network', () => {
    expect(Object.keys(bundles)).toEqual([...functionNames]);
    for (const packed of Object.values(bundles)) {
      const modules = readdirSync(packed).filter((file) => file.endsWith('.mjs'));
      expect(modules).toContain('handler.mjs');
      for (const module of modules) expect([module, existsSync(join(packed, `${module}.map`))]).toEqual([module, true]);
      expect(readConfiguration(join(packed, 'sluice.json'))).toEqual(installation.configuration);
      expect(existsSync(join(packed, 'fixtures', 'xray.json'))).toBe(true);
    }
    const page = readdirSync(join(bundles['api-read'], 'console'));
    expect(page).toEqual(['console.css', 'console.js', 'index.html', 'mark.svg']);
    expect(existsSync(join(bundles.act, 'console'))).toBe(false);
  });

  it('has the command line where it is served, of the same bytes each time', async () => {
    const packed = readFileSync(join(bundles['api-read'], 'sluice.tgz'));
    const listed = execFileSync('tar', ['-tzf', '-'], { input: packed, encoding: 'utf8' });

    expect(listed.split('\n')).toContain('package/cli/sluice.js');
    expect(readFileSync(await packCli(join(folder, 'again'))).equals(packed)).toBe(true);
    expect(existsSync(join(bundles.act, 'sluice.tgz'))).toBe(false);
  });

  it.each(functionNames)('%s has everything that it imports, and answers its first call', async (name) => {
    // On a busy machine a second may be over before the database was asked: then the traffic is back without its record (rule 6).
    await start(name, name === 'return-traffic' ? { expected: { reason: 'a bench [ReturnedByPerson]' } } : {});

    expect(dependencies.unknown).toEqual([]);
  });

  it('load what verifies attestations only when one was found, and verify by it', () => {
    const files = readdirSync(bundles.release).filter((file) => file.endsWith('.mjs'));
    const namedLike = (name: string) => files.find((file) => file.startsWith(name)) ?? name;
    const eager = new Set<string>();
    const load = (file: string): void => {
      if (eager.has(file)) return;
      eager.add(file);
      const text = readFileSync(join(bundles.release, file), 'utf8');
      for (const [, next] of text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) if (next !== undefined) load(next);
    };
    load('handler.mjs');
    const fixture = join(
      import.meta.dirname,
      '..',
      'fixtures',
      'sigstore',
      'reusable-workflow-attestation.sigstore.json',
    );
    const script = `
      const { createVerifier } = await import('./${namedLike('verify-bundle')}');
      const { default: root } = await import('./${namedLike('public-good-root')}');
      const bundle = JSON.parse((await import('node:fs')).readFileSync(${JSON.stringify(fixture)}, 'utf8'));
      console.log(JSON.stringify(createVerifier([JSON.stringify(root)])({ source: 'github', bundle })));`;

    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: bundles.release });

    expect(JSON.parse(said.toString())).toMatchObject({
      problem: null,
      subjects: [expect.stringMatching(/^sha256:49a3/)],
    });
    expect([...eager].filter((file) => /^(verify-bundle|public-good-root|snappy)/.test(file))).toEqual([]);
  });

  it('initialise also when nobody can be reached, so that the call reports it', async () => {
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };

    await start('alertmanager-webhook', { env, expected: { statusCode: 503 } });
  });

  it('say what is missing when they cannot initialise, and where in the sources that was', async () => {
    const failed = start('act', { env: { AWS_REGION: '', SLUICE_TABLE: '' } });

    await expect(failed).rejects.toThrow(
      /InvalidConfiguration: The environment of this function is incomplete: AWS_REGION, SLUICE_TABLE not set/,
    );
    await expect(failed).rejects.toThrow(/functions\/runtime\/environment\.ts:\d+:\d+/);
    await expect(failed).rejects.toThrow(/functions\/act\/lambda\.ts:\d+:\d+/);
  });
});
