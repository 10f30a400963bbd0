import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleFunctions } from '../../cdk/bundle-functions.ts';
import { type FunctionName, functionNames } from '../../cdk/function-names.ts';
import { readExample } from '../../cdk/installation.ts';
import { readConfiguration } from '../../functions/runtime/read-packaged-configuration.ts';

describe('the packages of the functions', () => {
  const installation = readExample();
  let folder: string;
  let bundles: Record<FunctionName, string>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-bundles-'));
    bundles = await bundleFunctions(installation, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('have source maps, the configuration and the bodies of its checks, packed without any network', () => {
    expect(Object.keys(bundles)).toEqual([...functionNames]);
    for (const packed of Object.values(bundles)) {
      const modules = readdirSync(packed).filter((file) => file.endsWith('.mjs'));
      expect(modules).toContain('handler.mjs');
      for (const module of modules) expect([module, existsSync(join(packed, `${module}.map`))]).toEqual([module, true]);
      expect(readConfiguration(join(packed, 'sluice.json'))).toEqual(installation.configuration);
      expect(existsSync(join(packed, 'fixtures', 'xray.json'))).toBe(true);
    }
    const page = readdirSync(join(bundles.api, 'console'));
    expect(page).toEqual(expect.arrayContaining(['index.html', 'console.js', 'frame.css', 'mark.svg']));
    expect(page.filter((file) => /md|json/.test(file))).toEqual([]);
    expect(existsSync(join(bundles.act, 'console'))).toBe(false);
  });

  it('import none of Node’s own modules, which would load fetch with http, but for the one that require comes from', () => {
    for (const packed of Object.values(bundles)) {
      const modules = readdirSync(packed).filter((file) => file.endsWith('.mjs'));
      const imported = modules.flatMap((module) => importsOf(join(packed, module)));

      expect(new Set(imported.filter(isBuiltin))).toEqual(new Set(['node:module']));
    }
  });

  it('say in a stack where in the sources it was, without any option of Node', () => {
    const call = `import(${JSON.stringify(join(bundles.act, 'handler.mjs'))})
      .then(({ handler }) => handler({ action: 'deploy-release' }))
      .catch((error) => console.log(error.stack))`;

    const stack = execFileSync(process.execPath, ['--eval', call], { encoding: 'utf8', env: {} });

    expect(stack).toMatch(/^InvalidConfiguration: The environment of this function is incomplete: AWS_REGION/);
    expect(stack).toMatch(/functions\/runtime\/environment\.ts:\d+:\d+/);
    expect(stack).toMatch(/functions\/runtime\/after-reading-ahead\.ts:\d+:\d+/);
    expect(stack).not.toContain('.mjs:');
  });

  it.each(['github-webhook', 'alertmanager-webhook'] as const)(
    '%s asks for its secret before it loads what answers requests',
    (name) => {
      const loaded = sourcesLoadedWith(join(bundles[name], 'handler.mjs'));

      expect(loaded.some((source) => source.includes('@aws-sdk/client-secrets-manager/'))).toBe(true);
      for (const later of ['zod/', 'hono/', '@aws-sdk/client-dynamodb/', '@aws-sdk/client-sfn/']) {
        expect([later, loaded.filter((source) => source.includes(`node_modules/${later}`))]).toEqual([later, []]);
      }
    },
  );

  it('approvals asks for the link before it loads what answers requests', () => {
    const loaded = sourcesLoadedWith(join(bundles.approvals, 'handler.mjs'));

    expect(loaded.some((source) => source.includes('@aws-sdk/client-dynamodb/'))).toBe(true);
    for (const later of ['zod/', 'hono/', '@aws-sdk/client-sfn/']) {
      expect([later, loaded.filter((source) => source.includes(`node_modules/${later}`))]).toEqual([later, []]);
    }
  });

  it.each(['act', 'observe', 'return-traffic', 'watch', 'api'] as const)(
    '%s asks for the route with no library loaded but the one that signs for the cluster',
    (name) => {
      const loaded = sourcesLoadedWith(join(bundles[name], 'handler.mjs'));
      const libraries = loaded.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);

      expect(libraries).toContain('@smithy/signature-v4');
      expect(libraries.filter((library) => !/^@(aws-crypto|smithy)\/|^tslib$/.test(library))).toEqual([]);
    },
  );

  it.each(['operation', 'guardian', 'api', 'return-traffic'] as const)(
    '%s loads S3 when it anchors an audit, and no module of ours loads it at once',
    (name) => {
      const modules = readdirSync(bundles[name]).filter((file) => file.endsWith('.mjs'));
      const withS3 = modules.filter((module) =>
        sourcesLoadedWith(join(bundles[name], module)).some((source) => source.includes('@aws-sdk/client-s3/')),
      );

      expect(withS3.length).toBeGreaterThan(0);
      for (const module of withS3) {
        const { sources }: { sources: string[] } = JSON.parse(
          readFileSync(join(bundles[name], `${module}.map`), 'utf8'),
        );
        const ours = sources.filter(
          (source) => !source.includes('node_modules/') && !source.endsWith('lazy-source-maps.ts'),
        );
        expect([module, ours]).toEqual([module, []]);
      }
    },
  );
});

/** The sources of a module and of all that it imports at once. */
function sourcesLoadedWith(module: string, seen = new Set<string>()): string[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const { sources } = JSON.parse(readFileSync(`${module}.map`, 'utf8'));
  const imported = importsOf(module, /(?:from|import)["'](\.\/[\w-]+\.mjs)["']/g);
  return [...sources, ...imported.flatMap((path) => sourcesLoadedWith(join(module, '..', path), seen))];
}

/** What a packed module imports, at once or later. */
function importsOf(module: string, pattern = /(?:from|import|import\()\s*["']([^"']+)["']/g): string[] {
  return [...readFileSync(module, 'utf8').matchAll(pattern)].flatMap(([, path]) => path ?? []);
}
