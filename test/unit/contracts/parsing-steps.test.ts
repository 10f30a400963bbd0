import { describe, expect, it } from 'vitest';
import { readTrailers } from '../../../adapters/gitops/commit-trailers.ts';
import { oneLine, shortLine } from '../../../contracts/one-line.ts';
import { clause, sentence } from '../../../contracts/words.ts';
import { decideWorkflowRun, type TriggerConfiguration } from '../../../core/triggers/workflow-run.ts';
import { isBearer } from '../../../functions/http/bearer.ts';
import { workflowRun } from '../pipeline/support/workflow-run.ts';

const services = [
  {
    name: 's',
    repository: 'example/chest-xray-mlops',
    trigger: { workflow: 'ci.yml', branch: 'main', hotfixBranches: [], mergeQueue: false },
  },
] as TriggerConfiguration['services'];
const runOf = (path: string) => {
  const event = workflowRun();
  return decideWorkflowRun({ services }, { ...event, workflow_run: { ...event.workflow_run, path } } as typeof event);
};

/** Whoever parses by way of trial needs minutes for each of these, which no test has. */
const length = 400_000;
const readers: [string, (text: string) => unknown][] = [
  ['a workflow path', runOf],
  ['trailers', readTrailers],
  ['a line', oneLine],
  ['a short line', (text) => shortLine(text, 100)],
  ['a clause', clause],
  ['a sentence', sentence],
  ['a bearer', (text) => isBearer(`Bearer ${text}`, { current: 'a', previous: null })],
];
const long = (unit: string) => unit.repeat(length / unit.length);
const texts: [string, string][] = [
  ['@ and a break', `${long('@')}\n`],
  ['blanks', `x\n\na:${long(' ')}\nb`],
  ['blanks before a letter', `${long(' ')}x y`],
  ['blank lines', `x${long('\n \n')}x`],
  ['dots', `${long('.')}x`],
  ['colons', `x\n\n${long('a:')}\nb`],
  ['dashes', `x\n\n${long('-')}\nb`],
  ['surrogates', long('\ud800')],
];

describe('texts that outsiders choose are read in one pass', () => {
  for (const [what, read] of readers) {
    it.each(texts)(`${what} of %s`, (_name, text) => {
      expect(() => read(text)).not.toThrow();
    });
  }
});
