import type { Command } from 'commander';
import { auditSchema } from '../../contracts/api/audit.ts';
import { endedAs, usageError } from '../exit.ts';
import { addServiceCommand } from '../options.ts';
import { type AuditProof, proveAudit } from '../prove-audit.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

/** `sluice audit verify` */
export function addAudit(program: Command, world: World): void {
  const audit = program.command('audit').description('Prove what happened.');
  addServiceCommand(audit, {
    name: 'verify [operation]',
    summary:
      'Recompute the hash chain of an operation’s audit here, and check that nothing in it is open. With --service and no id: of what people did to a service.',
    examples: ['audit verify 01kb3n4q7r8fz2m1x0ta', 'audit verify --service chest-xray-mlops --output json'],
  }).action(async (id: string | undefined, flags: SharedFlags) => {
    const service = flags.service ?? world.env.SLUICE_SERVICE;
    if (id === undefined && !service) throw usageError('Name an operation, or a service with --service.');
    const session = await openSession(world, flags);
    const path =
      id === undefined ? `services/${encodeURIComponent(service ?? '')}` : `operations/${encodeURIComponent(id)}`;
    const found = await session.api.get(`/api/${path}/audit`, auditSchema);
    const proof = proveAudit(found);
    print(session, { ...proof, entries: found.entries }, () => proofLines(proof));
    if (proof.broken !== null)
      throw endedAs('ChainBroken', `Entry ${proof.broken.at} of ${found.chain} ${proof.broken.why}.`);
    if (proof.missing.length > 0) throw endedAs('AuditIncomplete', `${found.chain}: ${proof.missing.join('; ')}.`);
  });
}

const proofLines = ({ chain, count, head, onRecord, broken, missing, state }: AuditProof): string[] =>
  broken !== null
    ? []
    : [
        `${chain}: ${count} entries, the chain is intact${state === 'open' ? ' so far' : missing.length === 0 ? ' and complete' : ''}.`,
        `  its head is ${head}`,
        ...(onRecord === null ? ['  nothing on record says where it has to end: an earlier Sluice wrote it'] : []),
      ];
