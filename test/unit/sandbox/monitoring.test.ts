import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { previewConfiguration, readTemplate } from '../../../sandbox/configuration.ts';
import { runServer } from '../../../sandbox/monitoring/run-server.ts';
import { findMonitoring } from '../../../sandbox/monitoring/start-monitoring.ts';

let folder: string;
const { PATH } = process.env;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-monitoring-'));
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true, force: true });
});

describe('what judges in a sandbox', () => {
  const sourceOf = async (named: string | null, monitoring: boolean) =>
    previewConfiguration(await readTemplate(named, { monitoring })).services[0]?.objectives.source.kind;

  it('is Prometheus with --monitoring, else the router', async () => {
    expect(await sourceOf(null, true)).toBe('istio');
    expect(await sourceOf(null, false)).toBe('web');
  });

  it('is what a configuration of one’s own says, which may name Prometheus only where it runs', async () => {
    const own = join(folder, 'own.yaml');
    writeFileSync(own, await readTemplate(null, { monitoring: true }));
    const usual = join(folder, 'usual.yaml');
    writeFileSync(usual, await readTemplate(null, { monitoring: false }));

    expect([await sourceOf(own, true), await sourceOf(usual, true)]).toEqual(['istio', 'web']);
    await expect(sourceOf(own, false)).rejects.toThrow(/own\.yaml reads from \$\{prometheus\}.*--monitoring/);
  });
});

describe('the programs of --monitoring', () => {
  const install = async (name: string, script = 'exit 0') => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };

  it('are named when they are not there, with how to get them', async () => {
    process.env.PATH = folder;
    await install('prometheus');

    await expect(findMonitoring()).rejects.toThrow(
      /there is no prometheus-alertmanager on the PATH\. Debian and Ubuntu/,
    );
  });

  it('may have the names that Debian or Prometheus gives them', async () => {
    process.env.PATH = folder;
    await install('prometheus');
    await install('alertmanager');

    expect(await findMonitoring()).toEqual({
      prometheus: join(folder, 'prometheus'),
      alertmanager: join(folder, 'alertmanager'),
    });
  });

  it('fail with their last words when they end instead of starting', async () => {
    const program = await install('prometheus', 'echo "level=error err=\\"the configuration is bad\\"" >&2; exit 3');
    const logged: string[] = [];

    await expect(runServer({ program, args: [], log: (line) => logged.push(line) })).rejects.toThrow(
      /ended before it was ready:\n.*the configuration is bad/,
    );
    expect(logged).toEqual([expect.stringContaining('the configuration is bad')]);
  });
});
