import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/** Flags for a sandbox whose service has these settings instead of the usual ones, by their paths in `services[0]`. */
export function configured(settings: Readonly<Record<string, unknown>>): [string, string] {
  const document = parseDocument(readFileSync(join(import.meta.dirname, '..', '..', 'sandbox', 'sluice.yaml'), 'utf8'));
  for (const [path, value] of Object.entries(settings)) document.setIn(['services', 0, ...path.split('.')], value);
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-configuration-')), 'sluice.yaml');
  writeFileSync(file, document.toString());
  return ['--config', file];
}

/** Steps and intervals of a second, for scenarios that are about something else. */
export const quick = {
  'traffic.steps': [50, 100],
  'traffic.interval': '1s',
  bake: '1s',
  'approvals.recheck': '2s',
  // The worst case of a short recheck: the history of the execution has to stay short.
  'deadlines.lock': '3m',
  'approvals.expire': '5m',
  'approvals.remind': '2m',
} as const;
