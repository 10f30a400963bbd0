import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDefinition } from '../../../statemachines/read-definition.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');

it('every path that the architecture page names is there', () => {
  const paths = [...page.matchAll(/`([a-z-]+\/[^`\s…]*)`/g)].map(([, path = '']) => path);

  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

describe.each([
  ['deployment', "From GitHub's webhook to traffic at 100 %"],
  ['rollback', 'From an alert to traffic back'],
])('the table of %s', (machine, heading) => {
  const [, part = ''] = page.split(`\n## ${heading}\n`);
  const [table = ''] = part.split('\n## ');
  const rows = [...table.matchAll(/^\| [^|]*\| ([A-Z]\w+) \| ([a-z-]+) \|/gm)].map(([, state = '', called = '']) => ({
    state,
    called,
  }));
  const { States } = readDefinition(join(root, 'statemachines', machine, 'definition.asl.yaml'));

  it('names states of the machine, and the function that each calls', () => {
    const real = rows.map(({ state }) => ({ state, called: calledBy(States[state]) }));

    expect(rows.length).toBeGreaterThan(8);
    expect(rows).toEqual(real);
  });
});

/** The function of a task, as its definition names it: `${act}`. */
const calledBy = (state: Readonly<Record<string, unknown>> | undefined): string | null =>
  /"FunctionName":"\$\{([a-z-]+)\}"/.exec(JSON.stringify(state ?? null))?.[1] ?? null;
