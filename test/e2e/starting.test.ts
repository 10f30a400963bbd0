import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandboxProcess } from '../support/sandbox-process.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-start-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the sandbox's command to its end. */
async function run(...flags: string[]): Promise<{ code: number | null; stderr: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, ['sandbox/main.ts', ...flags], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'exit');
  return { code, stderr };
}

describe('npm start', () => {
  it('names a port that is in use, and what to pass', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;

    const { code, stderr } = await run('--port', String(taken - 80), '--data-dir', folder);
    other.close();

    expect(code).toBe(1);
    expect(stderr).toContain(`${taken} (traffic)`);
    expect(stderr).toContain('--port 0');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('on the data directory of a sandbox that runs says who has it and where, and takes nothing away, not even by --fresh', async () => {
    // As far as anybody can see from outside, this is one.
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)', 'sandbox/main.ts']);
    await writeFile(join(folder, 'sandbox.pid'), String(other.pid));
    await writeFile(join(folder, 'ready.json'), JSON.stringify({ console: 'http://127.0.0.1:4711' }));

    const { code, stderr } = await run('--fresh', '--port', '0', '--data-dir', folder);
    other.kill();

    expect(code).toBe(1);
    expect(stderr).toContain(`A sandbox runs on ${folder} already: process ${other.pid}, at http://127.0.0.1:4711.`);
    expect(stderr).toContain('npm start -- --port 0 --data-dir');
    expect(await readFile(join(folder, 'sandbox.pid'), 'utf8')).toBe(String(other.pid));
  });

  it('refuses wrong words with exit code 2 and the usage', async () => {
    const { code, stderr } = await run('--prot', '4000');

    expect(code).toBe(2);
    expect(stderr).toContain('--prot');
    expect(stderr).toContain('--data-dir PATH');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('refuses a configuration of one’s own that is wrong, every problem at once, before it touches anything', async () => {
    const file = join(folder, 'own.yaml');
    const own = await readFile(join(root, 'sandbox', 'sluice.yaml'), 'utf8');
    await writeFile(file, own.replace('expire: 30m', 'expire: soon').replace('bake: 5s', 'bake: 0s'));
    const wrong = await run('--config', file, '--data-dir', join(folder, 'data'));
    const chartless = await run('--chart', folder, '--data-dir', join(folder, 'data'));
    const none = await run('--config', join(folder, 'none.yaml'), '--data-dir', join(folder, 'data'));

    expect([wrong.code, chartless.code, none.code]).toEqual([2, 2, 2]);
    expect(wrong.stderr).toMatch(/line \d+ services\[0\]\.approvals\.expire: "soon" is not a duration/);
    expect(wrong.stderr).toMatch(/line \d+ services\[0\]\.bake: must be longer than 0s/);
    expect(chartless.stderr).toContain(`--chart ${folder}: there is no Chart.yaml in this folder.`);
    expect(none.stderr).toContain('none.yaml');
    await expect(access(join(folder, 'data'))).rejects.toThrow('ENOENT');
  });

  it('says which file of a damaged data directory cannot be read, and deletes nothing', async () => {
    const damaged = join(folder, 'credentials.json');
    await writeFile(damaged, '{"githubWebhook": "abc');

    const { code, stderr } = await run('--port', '0', '--data-dir', folder);

    expect(code).toBe(1);
    expect(stderr).toContain(damaged);
    expect(stderr).toContain('--fresh');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(await readFile(damaged, 'utf8')).toBe('{"githubWebhook": "abc');
  });

  it('says that the secrets of an earlier run are missing, what to do, and makes no others beside its state', async () => {
    await writeFile(join(folder, 'secrets.json'), '[]');

    const { code, stderr } = await run('--port', '0', '--data-dir', folder);

    expect(code).toBe(1);
    expect(stderr).toContain(`${join(folder, 'credentials.json')} is missing`);
    expect(stderr).toContain('(secrets.json)');
    expect(stderr).toMatch(/restore the file, or start with --fresh/);
    await expect(access(join(folder, 'credentials.json'))).rejects.toThrow('ENOENT');
  });

  it('ends at SIGTERM with exit code 0 though clients hold on to it, and its secrets are in nothing that it printed', async () => {
    const sandbox = await startSandboxProcess();
    const clients: Socket[] = [];
    try {
      const { secrets, endpoints, ...ready } = sandbox.ready;
      // A request that never becomes complete, at each of its servers.
      for (const address of [ready.console, ready.mail, ready.traffic, ready.github, ...Object.values(endpoints)]) {
        const client = connect(Number(new URL(address).port), '127.0.0.1');
        client.on('error', () => undefined); // cut off, as it should be
        await once(client, 'connect');
        client.write('POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n');
        clients.push(client);
      }

      const code = await sandbox.stop();

      expect(code === 0 ? '' : sandbox.output()).toBe('');
      for (const secret of Object.values(secrets)) expect(sandbox.output()).not.toContain(secret);
    } finally {
      for (const client of clients) client.destroy();
      await sandbox.dispose();
    }
  });
});
