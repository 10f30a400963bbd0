import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { bundleFunctions } from '../../cdk/bundle-functions.ts';
import { functionNames } from '../../cdk/function-names.ts';
import { readInstallation } from '../../cdk/installation.ts';
import { readConfiguration } from '../../functions/shared/read-packaged-configuration.ts';

it('packs each function with its source map, the configuration and the bodies of its checks, without any network', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bundles-'));
  const installation = readInstallation(() => undefined);

  const bundles = await bundleFunctions(installation, folder);

  expect(Object.keys(bundles)).toEqual([...functionNames]);
  for (const packed of Object.values(bundles)) {
    // The marker that Node follows with --enable-source-maps.
    expect(readFileSync(join(packed, 'handler.mjs'), 'utf8').slice(-100)).toContain('sourceMappingURL=handler.mjs.map');
    expect(existsSync(join(packed, 'handler.mjs.map'))).toBe(true);
    expect(readConfiguration(join(packed, 'sluice.json'))).toEqual(installation.configuration);
    expect(existsSync(join(packed, 'fixtures', 'xray.json'))).toBe(true);
  }
  const page = readdirSync(join(bundles.api, 'console'));
  expect(page).toEqual(expect.arrayContaining(['index.html', 'console.js', 'frame.css', 'mark.svg']));
  expect(page.filter((file) => /md|json/.test(file))).toEqual([]);
  expect(existsSync(join(bundles.act, 'console'))).toBe(false);
  rmSync(folder, { recursive: true });
}, 30_000);
