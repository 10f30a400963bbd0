import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Configuration, configurationSchema } from './configuration.ts';
import { lineOf } from './yaml-lines.ts';

/** One thing that is wrong with `sluice.yaml`. */
export interface ConfigurationProblem {
  /** Like `services[0].traffic.steps[2]`; empty for the whole document. */
  path: string;
  /** Line of the file, from 1; null when the document is empty. */
  line: number | null;
  message: string;
}

export type ParsedConfiguration =
  | { ok: true; configuration: Configuration }
  | { ok: false; problems: readonly ConfigurationProblem[] };

/**
 * Reads `sluice.yaml` and reports every problem at once, each with its path and line, sorted by line.
 *
 * @example
 * const parsed = parseConfiguration(readFileSync('sluice.yaml', 'utf8'));
 * if (!parsed.ok) throw new InvalidConfiguration(formatProblems(parsed.problems, 'sluice.yaml'));
 */
export function parseConfiguration(text: string): ParsedConfiguration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => ({
      path: '',
      line: lines.linePos(pos[0]).line,
      message,
    }));
    return { ok: false, problems };
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    // the yaml package refuses documents whose aliases would explode
    return {
      ok: false,
      problems: [{ path: '', line: null, message: error instanceof Error ? error.message : String(error) }],
    };
  }
  const parsed = configurationSchema.safeParse(content, { reportInput: true });
  if (parsed.success) return { ok: true, configuration: parsed.data };
  const problems = parsed.error.issues
    .flatMap(found)
    .map(({ path, message }) => ({ path: formatPath(path), line: lineOf(document, lines, path), message }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { ok: false, problems };
}

/** One line for each problem: `sluice.yaml:12: services[0].name: must …`. */
export const formatProblems = (problems: readonly ConfigurationProblem[], file: string): string =>
  problems
    .map(({ path, line, message }) =>
      [line === null ? file : `${file}:${line}`, path, message].filter(Boolean).join(': '),
    )
    .join('\n');

type Path = (string | number)[];

function found(issue: z.core.$ZodIssue): { path: Path; message: string }[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a known key' }));
  }
  if (issue.input === undefined && issue.code === 'invalid_type')
    return [{ path, message: `is missing (${issue.expected})` }];
  if (issue.input === undefined && issue.code === 'invalid_value') {
    return [{ path, message: `is missing: one of ${issue.values.map(String).join(', ')}` }];
  }
  return [{ path, message: issue.message }];
}

/** `services[0].health.checks[1].bodyFile`. */
export const formatPath = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
