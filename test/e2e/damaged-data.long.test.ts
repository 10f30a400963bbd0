import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pipelineOf } from '../support/pipeline.ts';
import { startSandboxProcess } from '../support/sandbox-process.ts';
import { patienceMs, until } from '../support/until.ts';

it('reports a damaged record in the middle of each journal, and keeps the rest', async () => {
  const sandbox = await startSandboxProcess('--no-load');
  try {
    await sandbox.kill();
    const journals = ['kubernetes/objects.journal', 'stepfunctions.journal'];
    for (const name of journals) await damageSecondRecord(join(sandbox.dataDir, name));

    await sandbox.killAndRestart();

    for (const name of journals) expect(sandbox.output()).toContain(`${name}, line 2`);
    await until('what was live is live', patienceMs, async () => {
      const { blue } = (await pipelineOf(sandbox).service()).environments;
      return blue.version === 'v2.0.5' && blue.weight === 100;
    });
    for (const name of journals) await access(join(sandbox.dataDir, `${name}.damaged`));
  } finally {
    await sandbox.dispose();
  }
});

/** Turns one byte in the middle of the second line over, as a failing disk does. */
async function damageSecondRecord(file: string): Promise<void> {
  const bytes = await readFile(file);
  const start = bytes.indexOf('\n') + 1;
  const end = bytes.indexOf('\n', start);
  const middle = Math.floor((start + end) / 2);
  bytes.writeUInt8((bytes[middle] ?? 0) ^ 1, middle);
  await writeFile(file, bytes);
}
