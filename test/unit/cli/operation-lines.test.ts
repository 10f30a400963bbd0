import { expect, it } from '@jest/globals';
import { operationLines } from '../../../cli/output/operation-lines.ts';
import { instant } from '../../../contracts/instant.ts';
import { operationOf } from './support.ts';

it('an operation shows pull requests with their addresses, and which approval does not count', () => {
  const at = '2026-11-23T09:00:00.000Z';
  const operation = operationOf({
    approvals: {
      state: 'pending',
      requestedAt: at,
      expiresAt: at,
      rules: [],
      decisions: [
        {
          approver: 'ana@example.com',
          decision: 'approve',
          reason: null,
          at,
          via: 'signed-in',
          uncounted: 'ana@example.com wrote this release',
        },
      ],
      forged: [],
      missing: [],
      excluded: ['ana@example.com'],
      notCounting: [],
      unknownAuthors: [],
      subject: {
        hash: 'ab'.repeat(32),
        short: [],
        risks: [],
        changes: [{ name: '#47', value: 'Second reading (emil)', url: 'https://github.com/a/b/pull/47' }],
        plan: [],
        diffs: [],
      },
    },
  });

  const lines = operationLines(operation, instant(Date.parse(at))).map((line) => line.trim());

  expect(lines).toContain(
    'approved by ana@example.com (signed-in); it does not count: ana@example.com wrote this release',
  );
  expect(lines).toContain('#47  Second reading (emil) https://github.com/a/b/pull/47');
});
