import type {
  EnvironmentBranch,
  ReleaseCommit,
  RestoringCommit,
} from '../../../../adapters/gitops/environment-branch.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';

/** One branch of a repository: commits by name, each with its parent and what is in it. */
export class FakeBranch implements EnvironmentBranch {
  readonly commits = new Map<string, { parent: string | null; tree: string }>();
  readonly made: (ReleaseCommit | RestoringCommit)[] = [];
  head: string;
  /** The answer to the next move of the branch gets lost after it was carried out. */
  losesNextAnswer = false;
  /** Runs before the next move, as another writer that comes in between. */
  meanwhile: (() => void) | null = null;

  constructor(first: string) {
    this.commits.set(first, { parent: null, tree: 'chart' });
    this.head = first;
  }
  /** Somebody else pushes a commit. */
  push(commit: string): void {
    this.commits.set(commit, { parent: this.head, tree: `${this.#at(this.head).tree}+${commit}` });
    this.head = commit;
  }
  #at(commit: string) {
    const found = this.commits.get(commit);
    if (found === undefined) throw new Error(`no commit ${commit}`);
    return found;
  }
  async readHead() {
    return { commit: this.head, tree: this.#at(this.head).tree };
  }
  async readTree(_at: unknown, commit: string) {
    return this.commits.get(commit)?.tree ?? null;
  }
  async chartTree(_at: unknown, tree: string) {
    return `chart of ${tree}`;
  }
  async readChanges(_at: unknown, { head }: { base: string; head: string }) {
    return {
      status: 'ahead' as const,
      commits: [{ sha: head, title: 'chore: tidy', author: 'mallory' }],
      files: [{ path: 'chart/templates/deployment.yaml', change: 'modified', patch: '+implant' }],
      more: false,
    };
  }
  async makeCommit(wanted: ReleaseCommit) {
    return this.#make(wanted, `${wanted.tree}+${wanted.release.version}`);
  }
  async makeRestoringCommit(wanted: RestoringCommit) {
    return this.#make(wanted, wanted.tree);
  }
  #make(wanted: ReleaseCommit | RestoringCommit, tree: string): string {
    this.made.push(wanted);
    const commit = String(this.made.length).padStart(40, '0');
    this.commits.set(commit, { parent: wanted.parent, tree });
    return commit;
  }
  async advance(_at: unknown, commit: string) {
    this.meanwhile?.();
    this.meanwhile = null;
    if (this.#at(commit).parent !== this.head) return 'refused' as const;
    this.head = commit;
    if (this.losesNextAnswer) {
      this.losesNextAnswer = false;
      throw new DependencyUnavailable('GitHub', 'the answer got lost');
    }
    return 'moved' as const;
  }
}
