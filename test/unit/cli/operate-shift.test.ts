import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSluice, operationOf, runSluice, startFakeSluice } from './support.ts';

let sluice: FakeSluice;
beforeEach(async () => {
  sluice = await startFakeSluice();
});
afterEach(() => sluice.close());
const run = (...words: string[]) => runSluice([...words, '--reason', 'why', '--url', sluice.url, '--token', 't']);

describe.each(['pause', 'promote'] as const)('sluice %s without an id', (word) => {
  it.each(['shifting-traffic', 'baking', 'keeping-split'] as const)(
    'asks Sluice about the one that moves traffic: %s',
    async (state) => {
      sluice.answers.set('GET /api/operations', { body: { operations: [operationOf({ state })], next: null } });
      const message = 'Operation op1 has no step to skip now: it has all of the traffic.';
      sluice.answers.set(`POST /api/operations/op1/${word}`, {
        status: 409,
        body: { error: { name: 'WriteConflict', message } },
      });

      const { exitCode, err } = await run(word);

      expect(exitCode).toBe(3);
      expect(err).toContain(message);
    },
  );

  it('names none where none moves traffic', async () => {
    const waiting = operationOf({ state: 'awaiting-approval' });
    sluice.answers.set('GET /api/operations', { body: { operations: [waiting], next: null } });

    const { exitCode, err } = await run(word);

    expect(exitCode).toBe(2);
    expect(err).toContain('There is no operation that moves traffic.');
  });
});

it.each([
  [['pause'], 'It is paused: its target gets no more traffic.'],
  [['promote'], 'The rest of its step is skipped.'],
  [['promote', '--all'], 'Every remaining step is skipped.'],
  [['resume'], 'It continues, and Sluice judges it as before.'],
])(
  'sluice %s answers in a sentence, with where the operation stands and where the rest of it is',
  async (words, did) => {
    const operation = operationOf({ state: 'shifting-traffic', weights: { blue: 75, green: 25 } });
    sluice.answers.set(`POST /api/operations/op1/${words[0]}`, {
      body: { ...operation, timeline: [], approvals: null },
    });

    const { exitCode, out } = await run(words[0] ?? '', 'op1', ...words.slice(1));

    expect(exitCode).toBe(0);
    expect(out.trimEnd().split('\n')).toEqual([
      did,
      expect.stringMatching(/^ {2}op1 .*: shifting-traffic, .*25 %/),
      '  Details: sluice operation op1',
    ]);
  },
);
