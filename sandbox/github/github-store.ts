import { describeProblem, type Journal, openJournal } from '../journal/journal.ts';
import {
  type Commit,
  type GitObject,
  type ObjectType,
  objectId,
  readCommit,
  readTree,
  type TreeEntry,
} from './git-objects.ts';
import type { RepositoryRow, TableName, Tables } from './rows.ts';

export type TableMaps = { readonly [T in TableName]: Map<number, Tables[T]> };

/** A repository with its objects by id, its refs (`heads/main`, `tags/v1`) and its tables by row id. */
export interface Repository {
  readonly row: RepositoryRow;
  readonly objects: Map<string, GitObject>;
  readonly refs: Map<string, string>;
  readonly tables: TableMaps;
}

type RowChange = { [T in TableName]: { kind: 'row'; repository: string; table: T; row: Tables[T] } }[TableName];
type Change =
  | { kind: 'repository'; row: RepositoryRow }
  | { kind: 'object'; repository: string; type: ObjectType; content: string }
  | { kind: 'ref'; repository: string; name: string; sha: string | null }
  | RowChange;

/** What an edit may do. Each call is seen at once by readers of this process. */
export interface Editor {
  readonly now: Date;
  nextId(): number;
  addRepository(row: RepositoryRow): Repository;
  /** By its `owner/name`. */
  find(name: string): Repository | undefined;
  putObject(repository: Repository, object: GitObject): string;
  /** `sha` null removes the ref. */
  setRef(repository: Repository, name: string, sha: string | null): void;
  put<T extends TableName>(repository: Repository, table: T, row: Tables[T]): void;
}

export const fullName = (row: RepositoryRow): string => `${row.owner}/${row.name}`;

/** All the repositories, durable in one journal; one `write` is one record, so it happens as a whole or not at all. */
export class GitHubStore {
  readonly repositories = new Map<string, Repository>();
  readonly #journal: Journal<readonly Change[]>;
  #lastId = 1_000_000;

  private constructor(journal: Journal<readonly Change[]>) {
    this.#journal = journal;
  }

  static async open(file: string, onProblem: (problem: string) => void = () => {}): Promise<GitHubStore> {
    const { journal, records, problems } = await openJournal<readonly Change[]>(file, { sync: false });
    for (const problem of problems) onProblem(describeProblem(problem));
    const store = new GitHubStore(journal);
    for (const change of records.flat()) store.#apply(change);
    return store;
  }

  /** Runs `edit`, which must check before it changes anything, and resolves with its result once that is written. */
  async write<R>(edit: (editor: Editor) => R): Promise<R> {
    const changes: Change[] = [];
    const record = (change: Change): void => {
      changes.push(change);
      this.#apply(change);
    };
    const result = edit({
      now: new Date(),
      nextId: () => {
        this.#lastId += 1;
        return this.#lastId;
      },
      addRepository: (row) => {
        record({ kind: 'repository', row });
        return this.get(fullName(row));
      },
      find: (name) => this.repositories.get(name),
      putObject: (repository, object) => {
        const sha = objectId(object);
        const content = object.content.toString('base64');
        if (!repository.objects.has(sha)) {
          record({ kind: 'object', repository: fullName(repository.row), type: object.type, content });
        }
        return sha;
      },
      setRef: (repository, name, sha) => record({ kind: 'ref', repository: fullName(repository.row), name, sha }),
      put: (repository, table, row) =>
        // `table` and `row` belong together by the signature of `put`, which a union cannot express.
        record({ kind: 'row', repository: fullName(repository.row), table, row } as RowChange),
    });
    if (changes.length > 0) await this.#journal.append(changes);
    return result;
  }

  /** @throws Error for a repository that does not exist. */
  get(name: string): Repository {
    const repository = this.repositories.get(name);
    if (repository === undefined) throw new Error(`The sandbox's GitHub has no repository ${name}`);
    return repository;
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #apply(change: Change): void {
    if (change.kind === 'repository') {
      this.repositories.set(fullName(change.row), emptyRepository(change.row));
      return;
    }
    const repository = this.get(change.repository);
    switch (change.kind) {
      case 'object': {
        const object = { type: change.type, content: Buffer.from(change.content, 'base64') };
        repository.objects.set(objectId(object), object);
        return;
      }
      case 'ref':
        if (change.sha === null) repository.refs.delete(change.name);
        else repository.refs.set(change.name, change.sha);
        return;
      case 'row': {
        // A RowChange's row is of its table's type: both come from one `put`.
        (repository.tables[change.table] as Map<number, unknown>).set(change.row.id, change.row);
        this.#lastId = Math.max(this.#lastId, change.row.id);
        return;
      }
    }
  }
}

const emptyRepository = (row: RepositoryRow): Repository => ({
  row,
  objects: new Map(),
  refs: new Map(),
  tables: {
    runs: new Map(),
    checkRuns: new Map(),
    deployments: new Map(),
    deploymentStatuses: new Map(),
    artifacts: new Map(),
    issues: new Map(),
    comments: new Map(),
  },
});

/** The commit with this id, if there is one. */
export function commitOf(repository: Repository, sha: string): Commit | undefined {
  const object = repository.objects.get(sha);
  return object?.type === 'commit' ? readCommit(object.content) : undefined;
}

/** The entries of the tree with this id, if there is one. */
export function treeOf(repository: Repository, sha: string): TreeEntry[] | undefined {
  const object = repository.objects.get(sha);
  return object?.type === 'tree' ? readTree(object.content) : undefined;
}
