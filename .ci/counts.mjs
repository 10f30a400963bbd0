// Adds up the reports of the test runs (test/support/json-report.ts) into the closing line that CI reads; before it, what was skipped and why.
import { readFileSync } from 'node:fs';

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    total.failed += 1; // the run ended before it could report
    continue;
  }
  for (const count of Object.keys(total)) total[count] += report[count];
  for (const tests of report.skippedTests) console.log(`Skipped: ${tests}.`);
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
