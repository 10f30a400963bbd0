#!/usr/bin/env node
// Plain JavaScript, since an older Node has to understand it and say what it lacks.
const needed = 24;

if (Number(process.versions.node.split('.')[0]) >= needed) {
  await import('./main.js');
} else {
  process.stderr.write(
    `sluice needs Node ${needed} or newer, this is ${process.version}. Install it, then run this again.\n`,
  );
  process.exitCode = 1;
}
