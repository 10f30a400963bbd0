import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDefinition } from '../../statemachines/read-definition.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'definition-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, arnOf?: (name: string) => string) {
  const file = join(folder, 'definition.asl.yaml');
  writeFileSync(file, text);
  return readDefinition(file, arnOf);
}

describe('a definition with fragments', () => {
  it('gets their states, with its parameters in their places', () => {
    const { States, ...head } = read(`
      StartAt: Begin
      Fragments: { begin: { first: Work } }
      States: { Work: { Type: Succeed } }`);

    expect(head).toEqual({ StartAt: 'Begin' });
    expect(Object.keys(States).sort()).toEqual(['Begin', 'Work']);
    expect(States.Begin).toMatchObject({ Type: 'Pass', Next: 'Work' });
  });

  it('gives a fragment its own parameters before those of the whole machine', () => {
    const { States } = read(`
      Parameters: { first: Elsewhere, then: Work }
      Fragments: { begin: { first: Work } }
      States: { Work: { Type: Pass, Next: <then> } }`);

    expect(States.Begin).toMatchObject({ Next: 'Work' });
    expect(States.Work).toMatchObject({ Next: 'Work' });
  });

  it('takes shared values by name, and the parameters inside them', () => {
    const { States } = read(`
      Parameters: { faulty: GiveUp }
      States: { Begin: { Type: Task, Catch: <afterLock> } }`);

    expect(States.Begin).toMatchObject({
      Catch: [{ Next: 'TakenOver' }, { ErrorEquals: ['States.ALL'], Next: 'GiveUp' }],
    });
  });

  it('fills in ARNs where it is given them', () => {
    const text = `States: { Begin: { Arguments: { FunctionName: "\${act}" } } }`;

    expect(read(text).States.Begin).toEqual({ Arguments: { FunctionName: `\${act}` } });
    expect(read(text, (name) => `arn:${name}`).States.Begin).toEqual({ Arguments: { FunctionName: 'arn:act' } });
  });

  it.each([
    ['lacks a parameter', 'Fragments: { begin: {} }', /begin\.asl\.yaml needs <first>/],
    [
      'is given a parameter that it does not take',
      'Fragments: { begin: { first: A, last: B } }',
      /begin\.asl\.yaml last, which/,
    ],
    [
      'has a state that is there already',
      'Fragments: { begin: { first: Own }, end: {} }',
      /end\.asl\.yaml has the state Report/,
    ],
    ['does not exist', 'Fragments: { begni: {} }', /begni/],
  ])('is refused when a fragment %s', (_, fragments, message) => {
    expect(() => read(`${fragments}\nStates: { Report: { Type: Succeed } }`)).toThrow(message);
  });

  it('is refused with a parameter that nothing takes', () => {
    expect(() => read('Parameters: { faild: GiveUp }\nStates: {}')).toThrow(/Parameters faild, which nothing takes/);
  });
});
