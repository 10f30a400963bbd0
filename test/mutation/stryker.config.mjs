/**
 * Mutation testing of the rules (`npm run test:mutation`): how many of small changes to `core/` make a test of `core/` fail.
 *
 * @see https://stryker-mutator.io/docs/stryker-js/configuration/
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  packageManager: 'npm',
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  mutate: ['core/**/*.ts'],
  coverageAnalysis: 'perTest',
  // What runs once when a module is loaded can only be tried by a new process for each.
  ignoreStatic: true,
  concurrency: 2,
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { logTests: false, reportTests: false, reportMutants: false, allowColor: false },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  htmlReporter: { fileName: 'coverage/mutation.html' },
  tempDirName: '.sluice/mutation',
  thresholds: { high: 90, low: 85, break: 85 },
};
