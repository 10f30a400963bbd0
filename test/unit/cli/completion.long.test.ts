import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSluice } from './support.ts';

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-completion-'));
  await symlink(join(import.meta.dirname, '../../../sluice'), join(folder, 'sluice'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What bash offers for each of these lines, the last word of which is being typed. */
async function offered(...lines: readonly (readonly string[])[]): Promise<string[]> {
  const tries = lines.map((words) => `try ${words.map((word) => `'${word}'`).join(' ')}`);
  const script = `set -u
export PATH=${folder}:$PATH
source <(sluice completion bash)
try() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _sluice sluice "\${@: -1}" x; echo "\${COMPREPLY[*]}"; }
${tries.join('\n')}`;
  const { stdout, stderr } = await run('bash', ['--norc', '-c', script]);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe('completion', () => {
  it('of bash offers commands, options and what an option may be', async () => {
    expect(
      await offered(
        ['sluice', 'val'],
        ['sluice', 'audit', ''],
        ['sluice', 'deploy', '--type', ''],
        ['sluice', 'approve', '--ve'],
        ['sluice', 'completion', ''],
      ),
    ).toEqual(['validate', 'list export verify help', 'standard hotfix', '--version', 'bash zsh fish']);
  });

  it('evaluates nothing of what is typed', async () => {
    const trap = join(folder, 'trap');

    await offered(['sluice', `$(touch ${trap})`, ''], ['sluice', 'deploy', `\`touch ${trap}\``]);

    await expect(access(trap)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks sluice, and says where it goes', async (shell) => {
    const { out, exitCode } = await runSluice(['completion', shell]);

    expect(exitCode).toBe(0);
    expect(out).toContain('sluice complete -- ');
    expect((await runSluice(['completion', '--help'])).out).toContain(`sluice completion ${shell}`);
  });

  it('of any other shell is refused with those that there are', async () => {
    const { err, exitCode } = await runSluice(['completion', 'tcsh']);

    expect(exitCode).toBe(2);
    expect(err).toContain('bash, zsh, fish');
  });
});
