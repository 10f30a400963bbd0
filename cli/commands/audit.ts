import type { Command } from 'commander';
import { auditSchema } from '../../contracts/api/audit.ts';
import type { ListedAuditEntry } from '../../contracts/api/audit-list.ts';
import { printableJson } from '../../contracts/one-line.ts';
import { type AnchorVerdict, compareWithAnchors } from '../../core/audit/anchor.ts';
import { endedAs, usageError } from '../exit.ts';
import { addGroup, addServiceCommand, parseMoment } from '../options.ts';
import { entryLines } from '../output/entry-lines.ts';
import { type AuditProof, ownEntries, proveAudit } from '../prove-audit.ts';
import { readAnchors } from '../read-anchors.ts';
import { readAllEntries } from '../read-pages.ts';
import { openSession, print, type Session, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface AuditFlags extends SharedFlags {
  /** A bucket; false: none. Sluice itself says which without it. */
  readonly anchor?: string | false;
}

interface EntriesFlags extends SharedFlags {
  readonly since: string;
  readonly until?: string;
  readonly actor?: string;
  readonly action?: string;
}

/** `sluice audit verify`, `sluice audit list` and `sluice audit export` */
export function addAudit(program: Command, world: World): void {
  const audit = addGroup(program, 'audit', 'Prove and list what happened.');
  addEntries(audit, world);
  addServiceCommand(audit, {
    name: 'verify [operation]',
    summary:
      'Verify an operation’s audit: recompute its hash chain on this machine, check that no effect is left without a result, and compare the chain with its anchor. With --service and no id: verify what people did to a service.',
    examples: [
      'audit verify 01kb3n4q7r8fz2m1x0ta',
      'audit verify 01kb3n4q7r8fz2m1x0ta --anchor sluice-audit-123456789012-eu-central-1',
      'audit verify --service chest-xray-mlops --output json',
    ],
  })
    .option('--anchor <bucket>', 'the bucket with the anchors; by default the one that Sluice names')
    .option('--no-anchor', 'do not compare with anchors')
    .action(async (id: string | undefined, flags: AuditFlags) => {
      const service = flags.service ?? world.env.SLUICE_SERVICE;
      if (id === undefined && !service) throw usageError('Name an operation, or a service with --service.');
      const session = await openSession(world, flags);
      const path =
        id === undefined ? `services/${encodeURIComponent(service ?? '')}` : `operations/${encodeURIComponent(id)}`;
      const found = await session.api.get(`/api/${path}/audit`, auditSchema);
      const proof = proveAudit(found);
      const bucket = flags.anchor === undefined ? found.anchoredIn : flags.anchor || null;
      const anchor =
        bucket === null || proof.broken !== null
          ? null
          : {
              bucket,
              ...compareWithAnchors(ownEntries(found.entries), await readAnchors(session, bucket, found.chain)),
            };
      print(session, { ...proof, anchor, entries: found.entries }, () => [
        ...proofLines(proof),
        ...anchorLines(anchor),
      ]);
      if (proof.count === 0 && found.state === 'ended')
        throw endedAs('ChainBroken', `${found.chain} has ended and has no entry at all: they were deleted.`);
      if (proof.broken !== null)
        throw endedAs('ChainBroken', `Entry ${proof.broken.at} of ${found.chain} ${proof.broken.why}.`);
      if (proof.seals !== null && proof.seals.doubtful.length > 0) {
        const advice =
          'Somebody may have written into the table, or KMS did not answer when it was written: docs/operations.md, “What proves a record”.';
        throw endedAs('NotProven', `${found.chain}: ${proof.seals.doubtful.join('; ')}.`, advice);
      }
      if (anchor?.kind === 'tampered')
        throw endedAs('ChainBroken', `Entry ${anchor.at} of ${found.chain} ${anchor.why}.`);
      if (proof.missing.length > 0) throw endedAs('AuditIncomplete', `${found.chain}: ${proof.missing.join('; ')}.`);
      if (anchor?.kind === 'none' && found.state === 'ended') {
        const advice = 'If S3 did not answer, the guardian writes the anchor within minutes; see docs/operations.md.';
        throw endedAs('NotAnchored', `${found.chain} has ended, and nothing of it is in ${anchor.bucket}.`, advice);
      }
    });
}

/** `sluice audit list` and `sluice audit export`, which differ in what they print. */
function addEntries(audit: Command, world: World): void {
  const addOne = (
    name: 'list' | 'export',
    summary: string,
    printAll: (session: Session, entries: readonly ListedAuditEntry[]) => void,
  ) =>
    addServiceCommand(audit, {
      name,
      summary,
      examples: [
        `audit ${name} --since 7d --actor ana@example.com`,
        `audit ${name} --since 2026-11-01 --action set-weight`,
      ],
    })
      .option('--since <when>', 'the beginning: a time, or how long ago', parseMoment, '1d')
      .option('--until <when>', 'the end; now by default', parseMoment)
      .option('--actor <who>', 'only what this actor did: a mail address, github:LOGIN, sluice')
      .option('--action <what>', 'only this action, e.g. set-weight')
      .action(async ({ since, until, actor, action, ...flags }: EntriesFlags) => {
        const session = await openSession(world, flags);
        printAll(session, await readAllEntries(session, { since, until, actor, action }));
      });
  addOne(
    'list',
    'List what was done in all operations, oldest first. `sluice audit verify` proves the entries of one operation.',
    (session, entries) => print(session, { entries }, (found) => entryLines(found.entries)),
  );
  addOne('export', 'The same as JSON Lines: an entry a line, with the hashes of its chain.', (_, entries) => {
    for (const entry of entries) world.out(`${printableJson(entry, null)}\n`);
  });
}

const anchorLines = (anchor: (AnchorVerdict & { bucket: string }) | null): string[] =>
  anchor?.kind === 'anchored'
    ? [`  anchored at entry ${anchor.seq} in ${anchor.bucket} since ${new Date(anchor.keptAt).toISOString()}`]
    : [];

const proofLines = ({ chain, count, head, onRecord, broken, missing, state, seals }: AuditProof): string[] =>
  broken !== null || count === 0
    ? []
    : [
        `${chain}: ${count} entries, the chain is intact${state === 'open' ? ' so far' : missing.length === 0 ? ' and complete' : ''}.`,
        `  its head is ${head}`,
        ...(seals === null
          ? ['  who wrote its entries is not proven: KMS could not be asked']
          : [
              `  ${seals.sealed} of them are sealed by who wrote them${seals.late === 0 ? '' : `, ${seals.late} were sealed later`}`,
            ]),
        ...(onRecord === null ? ['  nothing on record says where it has to end: an earlier Sluice wrote it'] : []),
      ];
