import { parseArgs } from 'node:util';

export interface Flags {
  readonly port: number;
  readonly dataDir: string;
  readonly fresh: boolean;
  readonly readyFile: string | null;
  /** Path of a configuration; null: sandbox/sluice.yaml. */
  readonly configuration: string | null;
  /** Folder of a chart; null: the one beside the configuration, or Sluice's own. */
  readonly chart: string | null;
  /** Whether a configuration for production keeps its times. */
  readonly realTime: boolean;
  /** Path of a kubeconfig of a real control plane; null: the stand-in. */
  readonly kubeconfig: string | null;
  /** Whether Prometheus and Alertmanager run beside it. */
  readonly monitoring: boolean;
  readonly quiet: boolean;
  readonly load: boolean;
  readonly help: boolean;
}

/** Wrong words on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `npm start -- [options]

  --port N           the console's port, the others follow it (default SLUICE_PORT or 4000; 0: every port chosen freely)
  --data-dir PATH    where the state lives (default .sluice)
  --fresh            begin anew: what was in the data directory is set aside as PATH.old
  --ready-file PATH  written as JSON once everything answers
  --config PATH      a sluice.yaml of your own, as \`sluice init\` writes it, or in the form of sandbox/sluice.yaml
  --chart PATH       the folder of its chart (default deploy/chart beside the configuration, or charts/service)
  --real-time        keep the times of your configuration; without it, seconds stand for minutes
  --kubeconfig PATH  run on a real control plane of this machine that has no nodes (npm run control-plane starts one)
  --monitoring       with a Prometheus and an Alertmanager from the PATH, whose readings and alerts decide
  --quiet            print nothing but problems
  --no-load          no synthetic traffic

You are the first of people in the configuration, or whom SLUICE_USER names; sluice takes you for that person.
`;

/** Reads the flags of DESIGN §7; a port may come from the environment. @throws {UsageError} naming what is wrong. */
export function parseFlags(words: readonly string[], { SLUICE_PORT }: NodeJS.ProcessEnv): Flags {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...words],
      options: {
        port: { type: 'string', default: SLUICE_PORT || '4000' },
        'data-dir': { type: 'string', default: '.sluice' },
        fresh: { type: 'boolean', default: false },
        'ready-file': { type: 'string' },
        config: { type: 'string' },
        chart: { type: 'string' },
        'real-time': { type: 'boolean', default: false },
        kubeconfig: { type: 'string' },
        monitoring: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        'no-load': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
  const port = Number(values.port);
  const highest = 65_535 - 443;
  if (!Number.isInteger(port) || port < 0 || port > highest || (port > 0 && port < 1024)) {
    throw new UsageError(
      `--port (SLUICE_PORT) takes 0 or a whole number from 1024 to ${highest}, not ${String(values.port)}.\n\n${usage}`,
    );
  }
  const readyFile = values['ready-file'];
  return {
    port,
    dataDir: String(values['data-dir']),
    fresh: values.fresh === true,
    readyFile: typeof readyFile === 'string' ? readyFile : null,
    configuration: typeof values.config === 'string' ? values.config : null,
    chart: typeof values.chart === 'string' ? values.chart : null,
    realTime: values['real-time'] === true,
    kubeconfig: typeof values.kubeconfig === 'string' ? values.kubeconfig : null,
    monitoring: values.monitoring === true,
    quiet: values.quiet === true,
    load: values['no-load'] !== true,
    help: values.help === true,
  };
}
