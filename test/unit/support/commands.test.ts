import { describe, expect, it } from 'vitest';
import { commandFaults, commandsIn, operationsIn } from '../../support/commands.ts';
import { untrueMessages } from '../../support/recorder/message-rules.ts';

describe('reading commands out of texts', () => {
  it('finds them in backticks, after a colon and on lines of their own', () => {
    const text =
      'Type `sluice status`, or:\n  sluice operations\nLet it go on: sluice resume 01x --reason "so it is: good"\n';

    expect(commandsIn(text)).toEqual([
      'sluice status',
      'sluice operations',
      'sluice resume 01x --reason "so it is: good"',
    ]);
  });

  it.each([
    ['sluice resume 01x', /required option '--reason/],
    ['sluice rollback --emergency', /required option/],
    ['sluice abort', /required option/],
    ['sluice mend', /unknown command/],
    ['sluice status --loud', /unknown option/],
    ['sluice switch-traffic --from-env red --to-env blue --percentage 50', /Allowed choices/],
    ['sluice approve 01x --version two', /must be a version/],
  ])('%s does not run as printed', async (command, fault) => {
    expect(await commandFaults(`Try: ${command}`)).toEqual([expect.stringMatching(fault)]);
  });

  it('a command in other quotes is not marked as one', async () => {
    expect(await commandFaults('Look at it, then "sluice resume".')).toEqual([expect.stringContaining('not marked')]);
  });

  it('a message that names an operation which is not there, or shows seventeen digits, is not true', async () => {
    const id = '01m8hvs4599vjgfj4tjt';
    const sent = [{ what: 'page', text: `Operation: ${id}\nerror-rate 0.11414947198044095` }];

    expect(operationsIn(`${id}, ${id}`)).toEqual([id]);
    expect(await untrueMessages(sent, [])).toHaveLength(2);
    expect(await untrueMessages([{ what: 'page', text: id }], [{ id }])).toEqual([]);
  });
});
