import { type ReleaseCommand, releaseCommandSchema } from '../../contracts/commands.ts';
import type { CreateHandler } from '../../contracts/results.ts';
import type { ReleaseDeps, TokenDeps } from '../../pipeline/ports.ts';
import { gatherEvidence } from '../../pipeline/release/gather-evidence.ts';
import { validate } from '../../pipeline/release/validate.ts';

/** Parse, call, map. */
export const createHandler: CreateHandler<ReleaseDeps & TokenDeps, ReleaseCommand> = (deps) => async (event) => {
  const command = releaseCommandSchema.parse(event);
  switch (command.action) {
    case 'gather-evidence':
      return gatherEvidence(deps, command);
    case 'validate':
      return validate(deps, command.execution);
    case 'look-at-token':
      return { outcome: await deps.lookAtToken() };
  }
};
