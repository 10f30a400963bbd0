import { expect, it } from 'vitest';
import { formOf } from '../../../console/forms.ts';
import { faultOf } from '../../support/commands.ts';
import { entry, overview } from './overviews.ts';

it.each([
  ['rollback', 'verifying-return', 'The rollback ends where it is'],
  ['rollback', 'shifting-traffic', 'all of it goes back to where it was'],
  ['deployment', 'shifting-traffic', 'all of it goes back to where it was'],
] as const)('the form that aborts a %s which is %s says what that does', (kind, state, words) => {
  const running = entry({ kind, state });

  const form = formOf('abort', running.id, overview({ history: [running] }));

  expect(form?.says).toContain(words);
});

it('a decision, and how far to promote, is chosen by whoever decides', () => {
  const running = entry({ state: 'shifting-traffic' });
  const shown = overview({ history: [running] });

  for (const name of ['decide', 'promote']) {
    const [field] = formOf(name, running.id, shown)?.fields ?? [];
    expect([name, field?.choose, field?.value]).toEqual([name, true, undefined]);
  }
});

it('a rollback offers the versions that it may go to, with how long each takes, and takes any where they are not known', () => {
  const versions = [
    {
      ...{ version: 'v2.0.4', digest: 'sha256:1', succeededAt: '2026-11-20T10:00:00.000Z' },
      ...{ runsOn: 'green' as const, takes: 'seconds' as const, text: 'it runs on green' },
    },
  ];

  const offered = formOf('rollback', '', overview(), versions)?.fields[0];
  const typed = formOf('rollback', '', overview())?.fields[0];

  expect(offered?.options?.map(([value]) => value)).toEqual(['last-known-good', 'v2.0.4']);
  expect(offered?.options?.[1]?.[1]).toMatch(/^v2\.0\.4: seconds \(it runs on green\), good since /);
  expect(typed).toMatchObject({ value: 'last-known-good' });
});

it.each([
  ['hold', '/api/services/chest-xray-mlops/holds', { version: 'v2.1.0', reason: 'x' }],
  ['unlock', '/api/services/chest-xray-mlops/unlock', { reason: 'x' }],
  ['pause', '/api/operations/d1/pause', { reason: 'x' }],
  ['promote', '/api/operations/d1/promote', { to: 'all', reason: 'x' }],
  ['override-window', '/api/operations/d1/override-window', { reason: 'x' }],
])('the form of %s asks the API for it', (name, path, body) => {
  const form = formOf(name, 'd1', overview());

  expect(form?.path).toBe(path);
  expect(form?.body({ version: 'v2.1.0', to: 'all', reason: 'x' })).toEqual(body);
});

it.each([
  ['rollback', {}, 'sluice rollback --service chest-xray-mlops --version last-known-good --reason "…"'],
  [
    'rollback',
    { version: 'v2.0.4', how: 'planned', reason: 'it is slow' },
    'sluice rollback --service chest-xray-mlops --version v2.0.4 --reason "it is slow"',
  ],
  [
    'rollback',
    { version: 'v2.0.4', how: 'planned-hold', reason: 'x' },
    'sluice rollback --service chest-xray-mlops --version v2.0.4 --reason "x" --hold',
  ],
  [
    'rollback',
    { version: 'last-known-good', how: 'emergency', reason: 'costs $5 "now"' },
    'sluice rollback --service chest-xray-mlops --version last-known-good --reason "costs \\$5 \\"now\\"" --emergency',
  ],
  ['promote', { to: 'next', reason: 'x' }, 'sluice promote d1 --reason "x"'],
  ['promote', { to: 'all', reason: 'x' }, 'sluice promote d1 --reason "x" --all'],
  [
    'switch-traffic',
    { percentage: '20', for: '5m', reason: 'x' },
    'sluice switch-traffic --service chest-xray-mlops --from-env blue --to-env green --percentage 20 --for 5m --reason "x"',
  ],
  ['hold', { version: 'v2.3.0', reason: 'x' }, 'sluice hold --service chest-xray-mlops --version v2.3.0 --reason "x"'],
  [
    'decide',
    { decision: 'reject', version: 'v2.1.0', reason: 'x' },
    'sluice reject d1 --service chest-xray-mlops --version v2.1.0 --reason "x"',
  ],
  [
    'decide',
    { decision: 'approve', version: 'v2.1.0' },
    'sluice approve d1 --service chest-xray-mlops --version v2.1.0',
  ],
  ['pause', { reason: 'x; rm -rf `y`' }, 'sluice pause d1 --reason "x; rm -rf \\`y\\`"'],
] as const)('the form of %s shows the command that does what is chosen in it (%o)', async (name, values, command) => {
  const shown = formOf(name, 'd1', overview())?.command(values);

  expect(shown).toBe(command);
  expect(await faultOf(command)).toBeNull();
});

it('how to roll back is chosen by whoever rolls back', () => {
  const how = formOf('rollback', '', overview())?.fields.find(({ name }) => name === 'how');

  expect([how?.choose, how?.value]).toEqual([true, undefined]);
});
