#!/usr/bin/env node
// Plain JavaScript, since an older Node has to understand it: Sluice needs Node 24, which its packages bring along.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const needed = 24;
const here = dirname(fileURLToPath(import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= needed) {
  await import('./main.ts');
} else {
  const node = join(here, '..', 'node_modules', '.bin', 'node');
  if (existsSync(node)) {
    const child = spawn(node, [join(here, 'sluice.js'), ...process.argv.slice(2)], { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0);
    });
  } else {
    process.stderr.write(
      `sluice needs Node ${needed} or newer, this is ${process.version}. Run "npm ci" in ${join(here, '..')}, which brings one, or install it.\n`,
    );
    process.exitCode = 1;
  }
}
