import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonAdvice } from '../../../cli/reason-advice.ts';
import { errorNames } from '../../../contracts/errors.ts';
import { reasonCodes } from '../../../contracts/reason-codes.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const codes = Object.keys(reasonCodes).sort();
const page = 'docs/runbooks/reason-codes.md';
const rows = read(page)
  .split(/^## /m)
  .flatMap((group) => {
    const runbook = /^Runbook: \[[\w-]+\]\(([\w-]+)\.md\)$/m.exec(group)?.[1] ?? '';
    return [...group.matchAll(/^\| `(\w+)` \| (.+?) \| (.+?) \|$/gm)].map(([, code = '', means, what]) => ({
      ...{ code, means, what, runbook },
    }));
  });

const sources = globSync(['{contracts,core,adapters,pipeline,functions}/**/*.ts'], { cwd: root })
  .filter((path) => path !== 'contracts/reason-codes.ts')
  .map(read);
const machines = globSync('statemachines/**/*.yaml', { cwd: root }).map(read);
const codesIn = (text: string) => [...text.matchAll(/\[([A-Z][A-Za-z]+)\]/g)].map(([, code = '']) => code);

describe(page, () => {
  it('has each code once, and no other', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(codes);
  });

  it.each(rows)(
    'says of $code what it means, what to do, and which runbook to open',
    ({ code, means, what, runbook }) => {
      expect({ means, runbook }).toEqual(reasonCodes[code as keyof typeof reasonCodes]);
      expect(what).toMatch(/^\S.{8,}\.$/);
      expect(reasonAdvice[code as keyof typeof reasonCodes]).toBe(what?.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1'));
      expect(existsSync(join(root, 'docs', 'runbooks', `${runbook}.md`))).toBe(true);
    },
  );
});

describe('the list of codes', () => {
  it('has nothing that no source names', () => {
    const named = new Set([
      ...sources.flatMap((text) => [...text.matchAll(/'([A-Z][A-Za-z]+)'/g)].map(([, code = '']) => code)),
      ...machines.flatMap(codesIn),
    ]);

    expect(codes.filter((code) => !named.has(code))).toEqual([]);
  });

  it('has the name of every error', () => {
    expect(codes).toEqual(expect.arrayContaining([...errorNames]));
  });

  it('has every code that a state machine tells', () => {
    expect(machines.flatMap(codesIn).length).toBeGreaterThan(5);
    expect(codes).toEqual(expect.arrayContaining(machines.flatMap(codesIn)));
  });

  it('is the only way to a reason: nothing else claims that a text has a code', () => {
    const claims = globSync('{contracts,core,adapters,pipeline,functions}/**/*.ts', { cwd: root }).filter(
      (path) => path !== 'contracts/reason.ts' && /\bas (?:unknown as )?Reason\b/.test(read(path)),
    );

    expect(claims).toEqual([]);
  });
});
