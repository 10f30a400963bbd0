import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedFiles, filesNamed } from '../../support/t.ts';

const root = join(import.meta.dirname, '..', '..', '..');

describe('npm run t -- FILE', () => {
  it('takes a part of a path, and a path from the folder in which one stands', () => {
    expect(filesNamed(root, 'e2e/console-s')).toEqual([
      'test/e2e/console-services.long.test.ts',
      'test/e2e/console-sign-in.long.test.ts',
    ]);
    expect(filesNamed(root, 'kill.test.ts', join(root, 'test', 'long'))).toEqual(['test/long/kill.test.ts']);
  });
});

describe('npm run t', () => {
  let folder: string;
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], {
      ...{ cwd: folder, stdio: 'ignore' },
    });
  const write = (...files: string[]) => {
    for (const file of files) writeFileSync(join(folder, file), `${Math.random()}`);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-t-'));
    git('init', '--initial-branch', 'main');
    mkdirSync(join(folder, 'core'));
    write('core/kept.ts', 'core/changed.ts', 'core/deleted.ts');
    git('add', '.');
    git('commit', '-m', 'first');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('looks at what differs from the last commit: changed, staged and new, not deleted', () => {
    write('core/changed.ts', 'core/new file.ts', 'core/staged.ts');
    git('add', 'core/staged.ts');
    rmSync(join(folder, 'core/deleted.ts'));

    expect(changedFiles(folder).sort()).toEqual(['core/changed.ts', 'core/new file.ts', 'core/staged.ts']);
  });

  it('looks at the whole branch when everything is committed', () => {
    git('switch', '--create', 'topic');
    write('core/changed.ts');
    git('commit', '--all', '--message', 'second');
    write('core/new.ts');
    git('add', '.');
    git('commit', '-m', 'third');

    expect(changedFiles(folder).sort()).toEqual(['core/changed.ts', 'core/new.ts']);
  });

  it('finds nothing on a main without changes', () => {
    expect(changedFiles(folder)).toEqual([]);
  });
});
