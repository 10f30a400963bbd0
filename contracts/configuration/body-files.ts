import { LineCounter, parseDocument } from 'yaml';
import type { Configuration } from './configuration.ts';
import { type ConfigurationProblem, formatPath } from './parse-configuration.ts';
import { lineOf } from './yaml-lines.ts';

/** A file that the configuration names, relative to `sluice.yaml`, and where: what a health check sends, or a trust root. */
export interface BodyFile {
  readonly file: string;
  readonly at: readonly (string | number)[];
}

/** The files that have to travel with the configuration. */
export const bodyFilesOf = ({ services, attestations }: Configuration): BodyFile[] => [
  ...services.flatMap((service, index) =>
    service.health.checks.flatMap(({ bodyFile }, check) =>
      bodyFile === undefined
        ? []
        : [{ file: bodyFile, at: ['services', index, 'health', 'checks', check, 'bodyFile'] }],
    ),
  ),
  ...attestations.trustRoots.flatMap((file, index) =>
    file === 'public-good' ? [] : [{ file, at: ['attestations', 'trustRoots', index] }],
  ),
];

/** A problem for each file that a sound configuration names and that is not there; `text` is the configuration's own, for the lines. */
export function missingBodyFiles(
  text: string,
  configuration: Configuration,
  isThere: (file: string) => boolean,
): ConfigurationProblem[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  return bodyFilesOf(configuration)
    .filter(({ file }) => !isThere(file))
    .map(({ at, file }) => ({
      path: formatPath(at),
      line: lineOf(document, lines, at),
      message: `there is no file ${file} next to the configuration`,
    }));
}
