import type { Command } from 'commander';
import { isReasonCode } from '../../contracts/reason.ts';
import { reasonCodes } from '../../contracts/reason-codes.ts';
import { usageError } from '../exit.ts';
import type { World } from '../world.ts';

/** `sluice explain` */
export function addExplain(program: Command, world: World): void {
  program
    .command('explain [code]')
    .description('Say what a reason code means, and which runbook leads on; without a code, list them all.')
    .addHelpText(
      'after',
      `
Messages, pages, logs and records name it in brackets, and refusals as the first word. Sluice need not be reachable.

Examples:
  $ sluice explain ReturnUnverified
  $ sluice explain
`,
    )
    .action((code?: string) => {
      if (code === undefined) {
        for (const [name, { means }] of Object.entries(reasonCodes)) world.out(`${name}: ${means}\n`);
        return;
      }
      const name = code.replace(/^\[|\]$/g, '');
      if (!isReasonCode(name)) {
        throw usageError(`${name} is no reason code.`, '`sluice explain` lists them all; capitals count.');
      }
      const { means, runbook } = reasonCodes[name];
      world.out(`${name}: ${means}\nWhat to do: docs/runbooks/reason-codes.md, docs/runbooks/${runbook}.md\n`);
    });
}
