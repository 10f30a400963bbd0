import { writeFileSync } from 'node:fs';

/** A jest reporter: writes jest's own totals to the file that SLUICE_TEST_REPORT names, if it names one. */
export default class JsonReport {
  onRunComplete(_contexts, results) {
    const file = process.env.SLUICE_TEST_REPORT;
    if (!file) return;
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = results;
    writeFileSync(
      file,
      JSON.stringify({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests }),
    );
  }
}
