import { workflowPath } from './ci-files.ts';
import type { Repository } from './github-store.ts';
import type { CheckRunRow, RunRow } from './rows.ts';

/** The app whose check runs are the jobs of workflows. */
export const actionsApp = 'github-actions';

/** A check run as it is now: a job that is under way ends by itself. */
export function checkNow(row: CheckRunRow, now = Date.now()): CheckRunRow {
  const { ends } = row;
  if (ends === undefined || Date.parse(ends.at) > now) return row;
  return { ...row, status: 'completed', conclusion: ends.conclusion, completedAt: ends.at };
}

/** The jobs of an attempt of a run, oldest first. */
export function jobsOf(repository: Repository, run: Omit<RunRow, 'earlier'>): CheckRunRow[] {
  const rows = [...repository.tables.checkRuns.values()].map((row) => checkNow(row));
  const own = rows.filter((row) => row.runId === run.id && row.attempt === run.attempt);
  if (own.length > 0 || run.path !== workflowPath) return own;
  // Data written before jobs were kept: CI's check runs of the commit, the newest of each name.
  const old = rows.filter((row) => row.runId === undefined && row.app === actionsApp && row.headSha === run.headSha);
  return [...new Map(old.map((row) => [row.name, row])).values()];
}

/** A run as it is now: under way as long as one of its jobs is. */
export function runNow<Run extends Omit<RunRow, 'earlier'>>(repository: Repository, run: Run): Run {
  const isUnderWay = jobsOf(repository, run).some(({ status }) => status !== 'completed');
  return isUnderWay ? { ...run, status: 'in_progress', conclusion: null } : run;
}
