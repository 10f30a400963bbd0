import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A query of docs/cloudtrail.md for the log of a trail. */
export interface TrailQuery {
  /** `secretsmanager.amazonaws.com`; null of a query about everything that a caller did. */
  readonly source: string | null;
  /** Names of events; of Lambda's without the date that it adds. */
  readonly events: readonly string[];
  /** Parameters of those requests that it reads. */
  readonly parameters: readonly string[];
  /** What names of resources and callers are compared with. */
  readonly patterns: readonly RegExp[];
}

interface FieldSelector {
  readonly Field: string;
  readonly Equals?: readonly string[];
  readonly StartsWith?: readonly string[];
}

/** What docs/cloudtrail.md has people type into AWS. */
export function readTrailGuide() {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cloudtrail.md'), 'utf8');
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);
  const [selectors = '[]'] = blocks('json');
  return {
    text,
    // CloudTrail's AdvancedEventSelector, which test/judges compares with AWS's own model.
    selectors: JSON.parse(selectors) as { readonly Name: string; readonly FieldSelectors: readonly FieldSelector[] }[],
    // The audit log of a cluster is not CloudTrail's.
    queries: blocks('text')
      .filter((query) => !query.includes('@logStream'))
      .map(queryOf),
  };
}

function queryOf(query: string): TrailQuery {
  const [, listed = '', alternatives = ''] = /eventName (?:in \[(.*?)\]|like \/\^\((.*?)\)\/)/.exec(query) ?? [];
  return {
    source: /eventSource = "(.*?)"/.exec(query)?.[1] ?? null,
    events: [
      ...[...listed.matchAll(/"(\w+)"/g)].map(([, name = '']) => name),
      ...alternatives.split('|').filter(Boolean),
    ],
    parameters: [...new Set([...query.matchAll(/requestParameters\.(\w+)/g)].map(([, name = '']) => name))],
    patterns: [...query.matchAll(/(?<!eventName) like \/(.*?(?<!\\))\//g)].map(([, source = '']) => new RegExp(source)),
  };
}
