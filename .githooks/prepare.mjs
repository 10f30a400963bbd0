import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

const root = realpathSync(join(import.meta.dirname, '..'));
const ours = '.githooks';

/**
 * Sets git's `core.hooksPath` to this folder, or takes that back with `--off`. It runs for people who type `npm run prepare`; during `npm ci`
 * package.json does not even start it. What somebody has set up already is left alone.
 */
function prepare(off) {
  if (process.env.CI) return 'In CI there are no hooks.';
  if (gitAnswers('rev-parse', '--show-toplevel') !== root) return 'This is no git checkout: there is nothing to set.';
  const path = gitAnswers('config', 'core.hooksPath');
  if (off) {
    if (path !== ours) return `The pre-push hook of ${ours}/ is off already.`;
    gitAnswers('config', '--local', '--unset', 'core.hooksPath');
    return 'Off: nothing runs before a push.';
  }
  if (path === ours) return `The pre-push hook of ${ours}/ is on already.`;
  if (path !== null) return `core.hooksPath is ${path} already, and stays: call ${ours}/pre-push from a hook of yours.`;
  const folder = join(root, gitAnswers('rev-parse', '--git-path', 'hooks') ?? '.git/hooks');
  const own = hooksIn(folder);
  if (own.length > 0) {
    return `${folder} has ${own.join(', ')}, which core.hooksPath would turn off: call ${ours}/pre-push from there.`;
  }
  gitAnswers('config', '--local', 'core.hooksPath', ours);
  return 'On: lint and types before each push. Off again: npm run prepare -- --off';
}

/** What git prints, null when it fails or is not there. */
function gitAnswers(...words) {
  try {
    return execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

function hooksIn(folder) {
  try {
    return readdirSync(folder).filter((name) => !name.endsWith('.sample'));
  } catch {
    return [];
  }
}

console.log(prepare(process.argv.includes('--off')));
