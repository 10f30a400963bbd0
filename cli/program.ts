import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { addAbort } from './commands/abort.ts';
import { addAudit } from './commands/audit.ts';
import { addBranches } from './commands/branch.ts';
import { addBreakGlass } from './commands/break-glass.ts';
import { addClusterRoles } from './commands/cluster-roles.ts';
import { addCompletion } from './commands/completion.ts';
import { addDecisions } from './commands/decide.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDrill } from './commands/drill.ts';
import { addExplain } from './commands/explain.ts';
import { addFreezes } from './commands/freeze.ts';
import { addHealthCheck } from './commands/health-check.ts';
import { addHolds } from './commands/hold.ts';
import { addInit } from './commands/init.ts';
import { addJsonSchema } from './commands/json-schema.ts';
import { addMetrics } from './commands/metrics.ts';
import { addMonitoring } from './commands/monitoring.ts';
import { addShiftActions } from './commands/operate-shift.ts';
import { addOperations } from './commands/operations.ts';
import { addPlan } from './commands/plan.ts';
import { addResume } from './commands/resume.ts';
import { addRollback } from './commands/rollback.ts';
import { addSandbox } from './commands/sandbox.ts';
import { addStatus } from './commands/status.ts';
import { addSwitchTraffic } from './commands/switch-traffic.ts';
import { addUnlock } from './commands/unlock.ts';
import { addValidate } from './commands/validate.ts';
import { addWindows } from './commands/windows.ts';
import { usageError } from './exit.ts';
import type { World } from './world.ts';

const exitHelp = `
Exit codes:
  0 done   1 sluice itself failed   2 wrong usage or invalid sluice.yaml   3 refused by a rule (named on stderr)
  4 ended otherwise than wanted   5 not reachable   130 you stopped watching; the operation goes on

Where Sluice is: --url or SLUICE_URL, or a sandbox's ready file. Who you are, on AWS: your session of IAM Identity Center (aws sso
login, AWS_PROFILE), or the actor of the job in GitHub Actions (permissions: id-token: write). In a sandbox: whoever started it, or
--as or SLUICE_USER. Elsewhere: SLUICE_TOKEN, and --as or SLUICE_USER.
`;

/** Tells of a mistyped option before it asks for the required one that it was to be; one of other commands is no typing error. */
class CarefulCommand extends Command {
  override createCommand(name?: string): CarefulCommand {
    return new CarefulCommand(name);
  }

  override parseOptions(words: string[]): ReturnType<Command['parseOptions']> {
    const parsed = super.parseOptions(words);
    // What is unknown is an error, or `--help`: either way nothing will run, and commander looks for required options first.
    if (parsed.unknown.length > 0) for (const option of this.options) option.mandatory = false;
    const flag = (parsed.unknown[0] ?? '').replace(/=.*/, '');
    // `--from` is short for `--from-env`, however near `--for` is.
    const longer = this.options.flatMap(({ long }) => (flag !== '' && long?.startsWith(`${flag}-`) ? [long] : []));
    const others = this.commands.length > 0 ? [] : commandsWith(flag, rootOf(this));
    if (longer.length > 0) {
      this.showSuggestionAfterError(false).showHelpAfterError(
        `(Did you mean ${longer.join(' or ')}?)\n(add --help for usage and an example)`,
      );
    } else if (others.length > 0) {
      const it = `${flag} is an option of ${others.join(', ')}`;
      this.showSuggestionAfterError(false).showHelpAfterError(
        `(${it}; add --help for what ${this.name()} takes and an example)`,
      );
    }
    return parsed;
  }
}

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));

/** `sluice hold`, of each command that has this long option. */
function commandsWith(flag: string, parent: Command, path = 'sluice'): string[] {
  return parent.commands.flatMap((one) => [
    ...(one.options.some(({ long }) => long === flag) ? [`${path} ${one.name()}`] : []),
    ...commandsWith(flag, one, `${path} ${one.name()}`),
  ]);
}

/** An option that is given says something: what is empty may be a variable that a script failed to set. @throws {CliError} usage. */
function refuseEmpty(command: Command): void {
  const empty = command.options.filter((option) => {
    const value: unknown = command.getOptionValue(option.attributeName());
    const isGiven = command.getOptionValueSource(option.attributeName()) === 'cli';
    return isGiven && typeof value === 'string' && value.trim() === '';
  });
  if (empty.length === 0) return;
  const names = empty.map(({ long, flags }) => long ?? flags).join(' and ');
  throw usageError(
    `${names} ${empty.length === 1 ? 'is' : 'are'} given, and empty.`,
    'Give a value, or leave the option out.',
  );
}

/** The whole command line. Parsing throws commander's `CommanderError` once it has printed, and `CliError` from commands. */
export function createProgram(world: World): Command {
  const program = new CarefulCommand('sluice')
    .description('Deploys releases to production, and rolls them back.')
    .version(readVersion(), '-V, --version', 'print the version')
    .enablePositionalOptions()
    // Else `sluice aprove --version v2.1.0` would print our own version.
    .passThroughOptions()
    .exitOverride()
    .configureOutput({ writeOut: world.out, writeErr: world.err })
    .showHelpAfterError('(add --help for usage and an example)')
    .showSuggestionAfterError()
    .addHelpText('after', exitHelp)
    .hook('preAction', (_, command) => refuseEmpty(command));
  for (const add of [
    addDeploy,
    addPlan,
    addStatus,
    addHealthCheck,
    addSwitchTraffic,
    addRollback,
    addDecisions,
    addAbort,
    addResume,
    addShiftActions,
    addOperations,
    addDeliveries,
    addAudit,
    addMetrics,
    addHolds,
    addBranches,
    addFreezes,
    addWindows,
    addUnlock,
    addInit,
    addValidate,
    addClusterRoles,
    addMonitoring,
    addDoctor,
    addBreakGlass,
    addSandbox,
    addDrill,
    addExplain,
    addCompletion,
    addJsonSchema,
  ]) {
    add(program, world);
  }
  return program;
}

function readVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  // our own package.json
  return (JSON.parse(text) as { version: string }).version;
}
