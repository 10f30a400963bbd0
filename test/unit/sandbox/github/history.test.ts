import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commitObject, treeObject } from '../../../../sandbox/github/git-objects.ts';
import { type Editor, GitHubStore, type Repository } from '../../../../sandbox/github/github-store.ts';
import {
  compareCommits,
  isFastForward,
  newestFirst,
  reachable,
  resolveCommit,
} from '../../../../sandbox/github/history.ts';

let dataDir: string;
let store: GitHubStore;
let repository: Repository;
/** Ids by the message of each commit: a - b - c - m(erge) with d beside, from b to m; z has no relation. */
let ids: Record<'a' | 'b' | 'c' | 'd' | 'm' | 'z', string>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-history-'));
  store = await GitHubStore.open(join(dataDir, 'journal'));
  ids = await store.write((editor) => {
    repository = editor.addRepository({ id: 1, owner: 'o', name: 'r', defaultBranch: 'main' });
    const add = adder(editor);
    const a = add('a', []);
    const b = add('b', [a]);
    const [c, d] = [add('c', [b]), add('d', [b])];
    return { a, b, c, d, m: add('m', [c, d]), z: add('z', []) };
  });
});

afterAll(async () => {
  await store.close();
  await rm(dataDir, { recursive: true });
});

/** All commits have the same time: only the graph can order them. */
function adder(editor: Editor): (message: string, parents: string[]) => string {
  const tree = editor.putObject(repository, treeObject([]));
  const who = { name: 'Ana', email: 'ana@example.com', at: 1_700_000_000_000, offset: '+0000' };
  return (message, parents) =>
    editor.putObject(repository, commitObject({ tree, parents, author: who, committer: who, message }));
}

it('reaches both sides of a merge, and only what is behind a commit', () => {
  expect(reachable(repository, ids.m)).toEqual(new Set([ids.m, ids.c, ids.d, ids.b, ids.a]));
  expect(reachable(repository, ids.d)).toEqual(new Set([ids.d, ids.b, ids.a]));
});

it('never lists a parent before its child, even when all are of the same second', () => {
  const order = newestFirst(repository, reachable(repository, ids.m));

  expect(order).toHaveLength(5);
  expect(order[0]).toBe(ids.m);
  expect(order.slice(-2)).toEqual([ids.b, ids.a]);
});

it('moves forward only onto descendants', () => {
  expect(isFastForward(repository, ids.d, ids.m)).toBe(true);
  expect(isFastForward(repository, ids.c, ids.c)).toBe(true);
  expect(isFastForward(repository, ids.c, ids.d)).toBe(false);
  expect(isFastForward(repository, ids.m, ids.c)).toBe(false);
});

it('compares across a merge', () => {
  const merged = compareCommits(repository, ids.c, ids.m);
  const forked = compareCommits(repository, ids.c, ids.d);

  expect(merged).toEqual({ status: 'ahead', aheadBy: 2, behindBy: 0, mergeBase: ids.c, commits: [ids.d, ids.m] });
  expect(forked).toEqual({ status: 'diverged', aheadBy: 1, behindBy: 1, mergeBase: ids.b, commits: [ids.d] });
  expect(compareCommits(repository, ids.a, ids.z)).toBeUndefined();
});

it('takes a branch before a tag of the same name, and an abbreviation only when it is long enough', async () => {
  await store.write((editor) => {
    editor.setRef(repository, 'heads/both', ids.c);
    editor.setRef(repository, 'tags/both', ids.d);
  });

  expect(resolveCommit(repository, 'both')).toBe(ids.c);
  expect(resolveCommit(repository, 'refs/tags/both')).toBe(ids.d);
  expect(resolveCommit(repository, ids.m.slice(0, 7))).toBe(ids.m);
  expect(resolveCommit(repository, ids.m.slice(0, 6))).toBeUndefined();
});
