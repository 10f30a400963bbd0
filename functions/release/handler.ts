import { type ReleaseCommand, releaseCommandSchema } from '../../contracts/commands.ts';
import type { CreateHandler } from '../../contracts/results.ts';
import type { ReleaseDeps } from '../../pipeline/ports.ts';
import { gatherEvidence } from '../../pipeline/release/gather-evidence.ts';
import { validate } from '../../pipeline/release/validate.ts';
import { createDeps } from './deps.ts';

/** Parse, call, map. */
export const createHandler: CreateHandler<ReleaseDeps, ReleaseCommand> = (deps) => async (event) => {
  const command = releaseCommandSchema.parse(event);
  switch (command.action) {
    case 'gather-evidence':
      return gatherEvidence(deps, command);
    case 'validate':
      return validate(deps, command.execution);
  }
};

let bound: ReturnType<typeof createHandler> | undefined;
/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler = (event: unknown) => {
  bound ??= createHandler(createDeps(process.env));
  return bound(event);
};
