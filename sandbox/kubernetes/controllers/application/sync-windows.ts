import { windowSchema } from '../../../../contracts/configuration/windows.ts';
import { instant } from '../../../../contracts/instant.ts';
import { windowState } from '../../../../core/windows/window-state.ts';
import type { Application, AppProject, Operation, SyncWindow } from './application-types.ts';

/**
 * Whether the project's sync windows hold an operation back now, by Argo CD's rules: a sync that a person or Sluice asked
 * for passes every window with `manualSync: true`. A window that cannot be read holds back, so that it is noticed.
 */
export function isHeldBack(
  application: Application,
  project: AppProject | undefined,
  operation: Operation,
  now: Date,
): boolean {
  const windows = (project?.spec.syncWindows ?? []).filter((window) => concerns(window, application));
  const manual = operation.initiatedBy?.automated !== true;
  const binding = windows.filter(({ manualSync }) => manualSync !== true);
  return isClosed(windows, now) && !(manual && !isClosed(binding, now));
}

function isClosed(windows: readonly SyncWindow[], now: Date): boolean {
  const read = windows.map(({ kind, schedule, duration, timeZone }) =>
    windowSchema.safeParse({ kind, schedule, duration, timeZone: timeZone || 'UTC' }),
  );
  if (read.some(({ success }) => !success)) return true;
  return (
    windowState(
      read.flatMap(({ data }) => data ?? []),
      instant(now.getTime()),
    ).kind === 'closed'
  );
}

function concerns({ applications, namespaces }: SyncWindow, { metadata, spec }: Application): boolean {
  const fits = (patterns: readonly string[] | undefined, name: string | undefined): boolean =>
    patterns?.some((pattern) => globs(pattern, name ?? '')) === true;
  return fits(applications, metadata.name) || fits(namespaces, spec.destination.namespace);
}

/** `*` stands for any characters. */
const globs = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(name);

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
