import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { replace } from './replace.ts';

/** What is at work in the thread pool, as far as Node does not tell. */
let atWork = 0;
export const isPoolBusy = (): boolean => atWork > 0;

const asSync = [
  'access',
  'appendFile',
  'chmod',
  'copyFile',
  'mkdir',
  'mkdtemp',
  'readFile',
  'readdir',
  'rename',
  'rm',
  'stat',
  'unlink',
  'writeFile',
] as const;

/**
 * What Node gives to its thread pool or to another process ends in an order that nobody can repeat: files, keys, signatures and Helm. Here
 * each is done at once, or one after the other. Nothing is flushed to a disk, since no power fails. To be called before
 * anything is imported that might take a copy. Answers what gives them back.
 */
export function takeFiles(): () => void {
  const given = asSync.map((name) => {
    // Each of them takes what its synchronous twin takes.
    const sync = fs[`${name}Sync`] as (...args: unknown[]) => unknown;
    return replace(fs.promises, { [name]: async (...args: unknown[]) => sync(...args) });
  });
  given.push(
    replace(fs.promises, {
      open: async (path: string, flags?: string, mode?: number) => handleOf(fs.openSync(path, flags ?? 'r', mode)),
    }),
    replace(fs, { fdatasync: (_: number, done: (error: Error | null) => void) => process.nextTick(done, null) }),
  );

  const generate = (
    kind: 'ec',
    options: crypto.ECKeyPairOptions<'pem', 'pem'>,
    done: (error: Error | null, ...keys: unknown[]) => void,
  ) => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync(kind, options);
    process.nextTick(done, null, publicKey, privateKey);
  };
  Object.assign(generate, {
    [promisify.custom]: async (kind: 'ec', options: crypto.ECKeyPairOptions<'pem', 'pem'>) =>
      crypto.generateKeyPairSync(kind, options),
  });
  given.push(replace(crypto, { generateKeyPair: generate }));
  let last: Promise<unknown> = Promise.resolve();
  const subtle = Object.getPrototypeOf(crypto.webcrypto.subtle);
  for (const name of [
    'sign',
    'verify',
    'digest',
    'importKey',
    'exportKey',
    'generateKey',
    'deriveBits',
    'deriveKey',
    'encrypt',
    'decrypt',
  ]) {
    const inner = subtle[name];
    const inTurn = function (this: unknown, ...args: unknown[]) {
      atWork += 1;
      const done = last
        .then(() => inner.apply(this, args))
        .finally(() => {
          atWork -= 1;
        });
      last = done.catch(() => undefined);
      return done;
    };
    given.push(replace(subtle, { [name]: inTurn }));
  }

  const known = new Map<string, { stdout: string; stderr: string }>();
  const run = (file: string, args: readonly string[], options: childProcess.SpawnSyncOptions) => {
    const key = contentOf(args);
    const before = known.get(key);
    if (before !== undefined) return before;
    const { status, stdout, stderr, error } = childProcess.spawnSync(file, args, { ...options, encoding: 'utf8' });
    if (error === undefined && status === 0) {
      known.set(key, { stdout, stderr });
      return { stdout, stderr };
    }
    throw Object.assign(error ?? new Error(`Command failed: ${file}`), { code: status, stdout, stderr });
  };
  const execFile = () => {
    throw new Error('A simulation runs programs by the promise of execFile only.');
  };
  Object.assign(execFile, {
    [promisify.custom]: async (file: string, args: readonly string[], options: childProcess.SpawnSyncOptions) =>
      run(file, args, options),
  });
  given.push(replace(childProcess, { execFile }));
  return () => {
    for (const giveBack of given) giveBack();
  };
}

/** What of `FileHandle` is used here. */
const handleOf = (fd: number) => ({
  fd,
  writeFile: async (data: string | Uint8Array) => fs.writeFileSync(fd, data),
  appendFile: async (data: string | Uint8Array) => fs.appendFileSync(fd, data),
  sync: async () => undefined,
  datasync: async () => undefined,
  close: async () => fs.closeSync(fd),
});

/** The words of a command, with what is in the files and folders that they name: Helm's answer depends on nothing else. */
function contentOf(args: readonly string[]): string {
  const hash = crypto.createHash('sha256');
  for (const arg of args) {
    if (!arg.startsWith('/') || !fs.existsSync(arg)) {
      hash.update(`${arg}\n`);
      continue;
    }
    const files = fs.statSync(arg).isDirectory()
      ? fs.readdirSync(arg, { recursive: true, encoding: 'utf8' }).sort()
      : [''];
    for (const file of files) {
      const path = join(arg, file);
      if (fs.statSync(path).isFile()) hash.update(`${file}\n`).update(fs.readFileSync(path)).update('\n');
    }
  }
  return hash.digest('hex');
}
