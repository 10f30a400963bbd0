import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * An engine that kills itself: `node engine-kills-process.ts DATA_DIR LAMBDA_URL NTH MOMENT`. With SIGKILL at the NTH change that it
 * makes to its journal, `before` it, `torn` in the middle of it, or `after` it; never when NTH is 0. Prints its endpoint.
 */
const [dataDir = '', lambda = '', nth = '0', moment = 'after'] = process.argv.slice(2);
const { writeSync, renameSync } = fs;
let changes = 0;

const die = () => process.kill(process.pid, 'SIGKILL');

/** Makes one change of the file, unless this is the one to die at. */
function change<T>(half: () => void, whole: () => T): T {
  const isLast = ++changes === Number(nth);
  if (isLast && moment === 'before') die();
  if (isLast && moment === 'torn') {
    half();
    die();
  }
  const result = whole();
  if (isLast) die();
  return result;
}

// the journal's writes and its renaming of a compacted file go through these two
Object.assign(fs, {
  writeSync: (fd: number, data: Buffer, offset: number) =>
    change(
      () => writeSync(fd, data, offset, Math.floor((data.length - offset) / 2)),
      () => writeSync(fd, data, offset),
    ),
  renameSync: (from: string, to: string) =>
    change(
      () => {},
      () => renameSync(from, to),
    ),
});
syncBuiltinESMExports();

const { startStepFunctions } = await import('../../sandbox/stepfunctions/start-step-functions.ts');
const { endpoint } = await startStepFunctions({
  port: 0,
  dataDir,
  region: 'us-east-1',
  accountId: '123456789012',
  endpoints: { lambda },
  credentials: { accessKeyId: 'engine', secretAccessKey: 'secret' },
  compactAfterMs: 1000,
  compactAfterRecords: 200,
  onStatusChange: async ({ detail }) => {
    await fetch(`${lambda}/status`, { method: 'POST', body: JSON.stringify(detail) });
  },
});
process.stdout.write(`${endpoint}\n`);
