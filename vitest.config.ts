import { defineConfig } from 'vitest/config';

/** Takes minutes: goes through every call, every death, every outcome, or waits for real processes. */
const takesLong = ['**/long/**', '**/*.long.test.ts'];

/** A deadline passes there when nobody answers, and not because the machine is busy. A file that needs the machine itself says so in its first line. */
const steps = 'test/unit/{pipeline,functions}/**';

/**
 * Files share a process, and with it the modules that they import: a third of the time would go into loading those anew for each file. What drives
 * processes and browsers, or waits for minutes, has a process of its own.
 */
const together = { isolate: false };

/** Whole deployments in virtual time. With SLUICE_REAL_TIME=1 each has a sandbox of its own in another process, as `e2e` has. */
const virtual =
  process.env.SLUICE_REAL_TIME === '1'
    ? {}
    : { environment: './test/support/simulated/environment.ts', runner: './test/support/simulated/runner.ts' };

/** A project of its own kind of test. */
const project = (name: string, include: string[], more: object = {}) => ({
  extends: true as const,
  test: { name, include, ...more },
});

export default defineConfig({
  test: {
    // Node runs the sources as it does everywhere else here.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    pool: 'forks',
    // What drives a sandbox mostly waits: three keep two cores busy.
    maxWorkers: 3,
    // Ends a test that hangs, and no other: how fast a busy machine is, is no behaviour. Tests name no time of their own.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    reporters: ['default', './test/support/json-report.ts'],
    // Hooks run in the order in which they are written, also those that close what others have opened.
    sequence: { hooks: 'list' },
    // A test of a whole deployment is not worth a line of its own.
    slowTestThreshold: 10_000,
    projects: [
      project('fast', ['test/{unit,contract,statemachines,cdk}/**/*.test.ts'], {
        ...together,
        globalSetup: './test/support/run-folder.ts',
        exclude: [...takesLong, steps],
      }),
      project('steps', [`${steps}/*.test.ts`], { ...together, ...virtual, exclude: takesLong }),
      project('e2e', ['test/e2e/*.test.ts'], { exclude: takesLong }),
      project('scenarios', ['test/scenarios/*.test.ts'], { ...together, ...virtual }),
      project('long-scenarios', ['test/scenarios/long/*.test.ts', 'test/unit/pipeline/**/*.long.test.ts'], virtual),
      // What a real Prometheus and a real Alertmanager have to be there for.
      project('alerts', ['test/alerts/**/*.test.ts']),
      // What programs and descriptions of others have to be there for: test/judges/README.md.
      project('judges', ['test/judges/**/*.test.ts']),
      project('long', ['test/long/**/*.test.ts', 'test/{unit,contract,statemachines,cdk,e2e}/**/*.long.test.ts'], {
        exclude: ['test/unit/pipeline/**'],
      }),
      // The same files as in `fast`, on a real control plane: test/support/start-kubernetes.ts.
      project('cluster', [
        'test/cluster/**/*.test.ts',
        'test/contract/adapters/{argo-applications,capacity,cluster,traffic-router}.test.ts',
        'test/contract/kubernetes/{charts,likeness}.test.ts',
      ]),
    ],
  },
});
