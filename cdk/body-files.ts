import type { Configuration } from '../contracts/configuration/configuration.ts';

/** A file that a health check sends, relative to `sluice.yaml`, and where the configuration names it. */
export interface BodyFile {
  readonly file: string;
  readonly at: readonly (string | number)[];
}

/** The files that have to travel with the configuration. */
export const bodyFilesOf = ({ services }: Configuration): BodyFile[] =>
  services.flatMap((service, index) =>
    service.health.checks.flatMap(({ bodyFile }, check) =>
      bodyFile === undefined
        ? []
        : [{ file: bodyFile, at: ['services', index, 'health', 'checks', check, 'bodyFile'] }],
    ),
  );
