/**
 * `fast` runs in milliseconds, `steps` (the pipeline and its functions) in virtual time, `e2e` drives a whole sandbox in another process and `scenarios` one
 * in virtual time. What has `long` in its path takes minutes: it goes through every call, every death, every outcome, or waits for real processes.
 * `alerts`, `judges` and `cluster` need programs of others.
 */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
};

/** Whole deployments in virtual time. With SLUICE_REAL_TIME=1 each has a sandbox of its own in another process, as `e2e` has. */
const virtual = {
  ...shared,
  ...(process.env.SLUICE_REAL_TIME === '1'
    ? {}
    : { testEnvironment: '<rootDir>/test/support/simulated/environment.ts' }),
};

/** A deadline passes there when nobody answers, and not because the machine is busy. A file that needs the machine itself says `@jest-environment node`. */
const inVirtualTime = '/test/unit/(?:pipeline|functions)/';

const takesLong = ['/long/', '\\.long\\.test\\.ts$'];

export default {
  reporters: ['default', '<rootDir>/test/support/json-report.mjs'],
  // What drives a sandbox mostly waits: three keep two cores busy.
  maxWorkers: 3,
  // Ends a test that hangs, and no other: how fast a busy machine is, is no behaviour. Tests name no time of their own.
  testTimeout: 1_800_000,
  projects: [
    {
      ...shared,
      displayName: 'fast',
      globalSetup: '<rootDir>/test/support/run-folder.mjs',
      testMatch: ['<rootDir>/test/{unit,contract,statemachines,cdk}/**/*.test.ts'],
      testPathIgnorePatterns: [...takesLong, inVirtualTime],
    },
    {
      ...virtual,
      displayName: 'steps',
      testMatch: ['<rootDir>/test/unit/{pipeline,functions}/**/*.test.ts'],
      testPathIgnorePatterns: takesLong,
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/*.test.ts'],
      testPathIgnorePatterns: takesLong,
    },
    { ...virtual, displayName: 'scenarios', testMatch: ['<rootDir>/test/scenarios/*.test.ts'] },
    {
      ...virtual,
      displayName: 'long-scenarios',
      testMatch: ['<rootDir>/test/scenarios/long/*.test.ts', '<rootDir>/test/unit/pipeline/**/*.long.test.ts'],
    },
    // What a real Prometheus and a real Alertmanager have to be there for.
    { ...shared, displayName: 'alerts', testMatch: ['<rootDir>/test/alerts/**/*.test.ts'] },
    // What programs and descriptions of others have to be there for: test/judges/README.md.
    { ...shared, displayName: 'judges', testMatch: ['<rootDir>/test/judges/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'long',
      testMatch: [
        '<rootDir>/test/long/**/*.test.ts',
        '<rootDir>/test/{unit,contract,statemachines,cdk,e2e}/**/*.long.test.ts',
      ],
      testPathIgnorePatterns: ['/test/unit/pipeline/'],
    },
    {
      ...shared,
      displayName: 'cluster',
      // The same files as in `fast`, on a real control plane: test/support/start-kubernetes.ts.
      testMatch: [
        '<rootDir>/test/cluster/**/*.test.ts',
        '<rootDir>/test/contract/adapters/{argo-applications,capacity,cluster,traffic-router}.test.ts',
        '<rootDir>/test/contract/kubernetes/{charts,likeness}.test.ts',
      ],
    },
  ],
};
