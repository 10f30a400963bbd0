import { join } from 'node:path';
import { type Journal, type JournalProblem, openJournal } from '../../journal/journal.ts';
import type { Machine } from '../interpreter/definition.ts';
import type { HistoryEvent } from '../interpreter/execution.ts';
import { type Execution, isOver, restoreExecution, storeExecution } from './execution.ts';
import { HistoryArchive } from './history-archive.ts';
import { applyStep, type EngineRecord, type StateMachineRecord } from './records.ts';

export interface StoreOptions {
  /** Whether what was acknowledged survives a power cut too. */
  sync: boolean;
  /** Records beyond those that a compacted journal would have, before it is compacted; 5,000 by default. */
  compactAfterRecords?: number;
}

/** How long a finished execution is remembered, and its name taken (Step Functions: 90 days). */
const rememberedForMs = 90 * 24 * 3_600_000;

/** Opens the store under `dataDir`; it then holds what was acknowledged before the last end, however that came. */
export async function openStore(dataDir: string, options: StoreOptions): Promise<Store> {
  const { journal, records, problems } = await openJournal<EngineRecord>(
    join(dataDir, 'stepfunctions.journal'),
    options,
  );
  const archive = new HistoryArchive(join(dataDir, 'stepfunctions-history'), options);
  const store = new Store(journal, archive, problems, options.compactAfterRecords ?? 5_000);
  store.replay(records);
  return store;
}

/** State machines and executions, in memory and in the journal. */
export class Store {
  readonly machines = new Map<string, StateMachineRecord>();
  /** Every revision that an execution began with or may begin with, by revision id. */
  readonly revisions = new Map<string, StateMachineRecord>();
  /** By ARN, in the order in which they began. */
  readonly executions = new Map<string, Execution>();
  /** Damage found on opening. */
  readonly problems: JournalProblem[];
  readonly #journal: Journal<EngineRecord>;
  readonly #archive: HistoryArchive;
  readonly #unwritten = new Set<EngineRecord>();
  readonly #wasteLimit: number;
  #waste = 0;

  constructor(journal: Journal<EngineRecord>, archive: HistoryArchive, problems: JournalProblem[], wasteLimit: number) {
    this.#wasteLimit = wasteLimit;
    this.#journal = journal;
    this.#archive = archive;
    this.problems = problems;
  }

  /** Writes a record; `commit` runs as soon as it is written, and changes the maps above accordingly. */
  async append(record: EngineRecord, commit?: () => void): Promise<void> {
    this.#unwritten.add(record);
    try {
      await this.#journal.append(record);
      commit?.();
    } finally {
      this.#unwritten.delete(record);
    }
    if (record.k === 'step' || record.k === 'told') this.#waste++;
    // in proportion to what is kept, or a compaction of much would come for every little
    if (this.#waste > Math.max(this.#wasteLimit, this.executions.size)) await this.#compact();
  }

  history(execution: Execution): Promise<HistoryEvent[]> {
    return execution.archived ? this.#archive.get(execution.header.arn) : Promise.resolve(execution.history.events());
  }

  /** Moves the histories of executions that ended before `before` (epoch ms) out of the journal; forgets after 90 days. */
  async tidy(now: number, before: number): Promise<void> {
    const forgotten: string[] = [];
    let changed = false;
    for (const execution of [...this.executions.values()]) {
      const { arn } = execution.header;
      const { stopDate } = execution.state;
      if (!isOver(execution) || stopDate === undefined || stopDate > before || execution.told === undefined) continue;
      if (stopDate <= now - rememberedForMs) {
        this.executions.delete(arn);
        forgotten.push(arn);
      } else if (!execution.archived) {
        await this.#archive.put(arn, execution.history.events());
        execution.archived = true;
        execution.history.clear();
      } else continue;
      changed = true;
    }
    if (changed) await this.#compact();
    // last, so that no execution comes back after a crash without its history
    for (const arn of forgotten) await this.#archive.remove(arn);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async #compact(): Promise<void> {
    this.#waste = 0;
    // when it fails, the old file is intact, and there will be another time
    await this.#journal.compact(this.#snapshot()).catch(() => undefined);
  }

  *#snapshot(): Iterable<EngineRecord> {
    const used = new Set([...this.executions.values()].map(({ revisionId }) => revisionId));
    for (const machine of this.revisions.values()) {
      const isCurrent = this.machines.get(machine.arn)?.revisionId === machine.revisionId;
      if (isCurrent || !used.has(machine.revisionId)) continue;
      yield { k: 'machine', machine };
      yield { k: 'machine-deleted', arn: machine.arn };
    }
    for (const machine of this.machines.values()) yield { k: 'machine', machine };
    for (const execution of this.executions.values()) {
      if (execution.state.eventCount > 0) yield { k: 'execution', execution: storeExecution(execution) };
    }
    // their commits have not run: the maps do not know of them yet
    yield* this.#unwritten;
  }

  /** Rebuilds the maps from the journal's records. */
  replay(records: readonly EngineRecord[]): void {
    for (const record of records) this.#apply(record);
    this.#waste = records.length - this.revisions.size - this.executions.size;
  }

  #apply(record: EngineRecord): void {
    switch (record.k) {
      case 'machine':
        this.machines.set(record.machine.arn, record.machine);
        this.revisions.set(record.machine.revisionId, record.machine);
        return;
      case 'machine-deleted':
        this.machines.delete(record.arn);
        return;
      case 'execution': {
        const { header, revisionId } = record.execution;
        const revision = this.revisions.get(revisionId);
        // without it (a damaged line) nothing could be done with the execution
        if (revision) this.executions.set(header.arn, restoreExecution(record.execution, machineOf(revision)));
        return;
      }
      case 'step': {
        const execution = this.executions.get(record.arn);
        if (!execution) return;
        execution.state = applyStep(execution.state, record);
        execution.history.add(record.events);
        return;
      }
      case 'told': {
        const execution = this.executions.get(record.arn);
        if (execution) execution.told = record.status;
      }
    }
  }
}

const parsed = new Map<string, Machine>();

/** The parsed definition of a revision. */
export function machineOf({ revisionId, definition }: StateMachineRecord): Machine {
  let machine = parsed.get(revisionId);
  if (!machine) {
    // every definition in the store has passed parseDefinition before it was written
    machine = JSON.parse(definition) as Machine;
    parsed.set(revisionId, machine);
  }
  return machine;
}
