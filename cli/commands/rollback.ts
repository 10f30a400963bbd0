import type { Command } from 'commander';
import { startRollbackSchema } from '../../contracts/api/requests.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand, checkRequest, parseWantedVersion } from '../options.ts';
import { openSession, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';
import { startAndWatch, type WaitFlags } from './start-and-watch.ts';

interface RollbackFlags extends SharedFlags, WaitFlags {
  readonly version: string;
  readonly reason: string;
  readonly emergency: boolean;
  readonly hold: boolean;
}

/** `sluice rollback` */
export function addRollback(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'rollback',
    summary: 'Go back to a version: with approvals and step by step, or at once with --emergency.',
    examples: [
      'rollback --version v2.0.5 --reason "wrong findings on lateral views"',
      'rollback --version v2.0.5 --reason "wrong findings on lateral views" --hold',
      'rollback --version last-known-good --reason "5 % errors" --emergency --service chest-xray-mlops',
    ],
  })
    .requiredOption('--version <version>', 'which one, or last-known-good', parseWantedVersion)
    .requiredOption('--reason <text>', 'why')
    .option('--emergency', 'return the traffic at once, without approval', false)
    .option('--hold', 'put the release that you leave on hold; an emergency always does', false)
    .option('--no-wait', 'start it and do not follow it')
    .action(async (flags: RollbackFlags) => {
      const { version, reason, emergency, hold } = flags;
      checkRequest(startRollbackSchema, { service: 'any', version, reason, emergency, hold });
      const session = await openSession(world, flags);
      const body = { service: await findServiceName(session), version, reason, emergency, hold };
      await startAndWatch(session, { path: '/api/rollbacks', body }, flags);
    });
}
