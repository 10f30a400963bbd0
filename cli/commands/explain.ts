import type { Command } from 'commander';
import { type ReasonCode, reasonCodes } from '../../contracts/reason-codes.ts';
import { cliCodes, outcomeMeanings } from '../codes.ts';
import { usageError } from '../exit.ts';
import { nearest } from '../nearest.ts';
import { reasonAdvice } from '../reason-advice.ts';
import type { World } from '../world.ts';

/** Every word that a message may begin with or have in brackets: what it means, and what to do. */
const known: ReadonlyMap<string, { readonly means: string; readonly next: string }> = new Map([
  ...(Object.keys(reasonCodes) as ReasonCode[]).map((code) => {
    const { means, runbook } = reasonCodes[code];
    return [code, { means, next: `${reasonAdvice[code]}\nRunbook: docs/runbooks/${runbook}.md` }] as const;
  }),
  ...Object.entries(cliCodes).filter(([code]) => !(code in reasonCodes)),
  ...Object.entries(outcomeMeanings),
]);

/** `sluice explain` */
export function addExplain(program: Command, world: World): void {
  program
    .command('explain [code]')
    .description('Say what a code means and what to do about it; without a code, list them all.')
    .addHelpText(
      'after',
      `
Messages, pages, logs and records show the code in brackets. A command that fails prints it as the first word of its message. This command works without Sluice.

Examples:
  $ sluice explain ReturnUnverified
  $ sluice explain
`,
    )
    .action((code?: string) => {
      if (code === undefined) {
        for (const [name, { means }] of known) world.out(`${name}: ${means}\n`);
        return;
      }
      const asked = code.replace(/^\[|[\].:]+$/g, '');
      // `Rejected` is a reason and `rejected` an outcome.
      const name = known.has(asked)
        ? asked
        : [...known.keys()].find((one) => one.toLowerCase() === asked.toLowerCase());
      const found = name === undefined ? undefined : known.get(name);
      if (found === undefined) {
        const [near] = nearest(asked, [...known.keys()], (one) => one);
        const perhaps = near === undefined ? '' : `Did you mean ${near}? `;
        throw usageError(`${asked} is not a code of Sluice.`, `${perhaps}\`sluice explain\` lists them all.`);
      }
      world.out(`${name}: ${found.means}\nWhat to do: ${found.next}\n`);
    });
}
