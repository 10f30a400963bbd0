import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { bundleFile, bundleFunctions, packagedConfiguration } from '../cdk/bundle-functions.ts';
import { type FunctionName, functionNames } from '../cdk/function-names.ts';
import { readExample } from '../cdk/installation.ts';
import { firstEvents } from './bundles/first-events.ts';
import { firstByte, openSink, type Start, timeOf } from './bundles/first-request.ts';
import { type Contestant, interleave } from './interleave.ts';
import { summary } from './statistics.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const here = join(import.meta.dirname, 'bundles');

/** Compared with which naive one, and the highest ratio that is good enough. */
type Measure = { readonly against: 'naive-aws' | 'naive-kubernetes'; readonly atMost: number };
const webhook: Measure = { against: 'naive-aws', atMost: 0.75 };
const inTheCluster: Measure = { against: 'naive-kubernetes', atMost: 0.35 };
const measures: Readonly<Record<FunctionName, Measure | null>> = {
  'github-webhook': webhook,
  'alertmanager-webhook': webhook,
  approvals: webhook,
  api: inTheCluster,
  release: null,
  operation: null,
  observe: inTheCluster,
  act: inTheCluster,
  'return-traffic': inTheCluster,
  notify: null,
  guardian: null,
  watch: inTheCluster,
};

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-bundles-'));
const sink = await openSink();
const found = readExample();
// Clusters stand where the sink is: as docs/install.md has it, their addresses are written down.
const address = { endpoint: sink.https, certificateAuthority: Buffer.from(sink.certificate).toString('base64') };
const clusters = found.configuration.clusters.map((cluster) => ({ ...cluster, address }));
const installation = { ...found, configuration: { ...found.configuration, clusters } };
const bundles: Record<string, string> = await bundleFunctions(installation, join(folder, 'functions'));
for (const naive of ['naive-aws', 'naive-kubernetes'] as const) {
  bundles[naive] = join(folder, naive);
  await bundleFile(join(here, `${naive}.mjs`), join(folder, naive, 'handler.mjs'));
}
cpSync(join(here, 'start.mjs'), join(folder, 'start.mjs'));

const environment = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIABENCH',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL: sink.http,
  KUBERNETES_ENDPOINT: sink.https,
  NODE_NO_WARNINGS: '1',
  SLUICE_TABLE: 'sluice',
  SLUICE_EVENT_BUS: 'sluice',
  SLUICE_AUDIT_BUCKET: 'sluice-audit',
  SLUICE_DEPLOYMENT_MACHINE: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-deployment',
  SLUICE_ROLLBACK_MACHINE: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-rollback',
  SLUICE_TRAFFIC_MACHINE: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-traffic',
  SLUICE_STANDBY_MACHINE: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-standby',
  SLUICE_GITHUB_WEBHOOK_SECRET: 'sluice/github-webhook',
  SLUICE_ALERTMANAGER_TOKEN_SECRET: 'sluice/alertmanager-token',
  SLUICE_GITHUB_TOKEN_SECRET: 'sluice/github-token',
  SLUICE_API_IDENTITY: 'gateway',
  SLUICE_SIGN_IN_ISSUER: 'https://login.example.com/',
  SLUICE_SIGN_IN_NAME_CLAIM: 'email',
};
const startOf = (name: string): Start => ({
  words: [
    join(folder, 'start.mjs'),
    join(bundles[name] ?? '', 'handler.mjs'),
    JSON.stringify((firstEvents as Readonly<Record<string, object>>)[name] ?? {}),
  ],
  env: {
    ...environment,
    SLUICE_CONFIGURATION: join(bundles[name] ?? '', packagedConfiguration),
    LAMBDA_TASK_ROOT: bundles[name] ?? '',
  },
});

const bare: Contestant = {
  name: 'bare',
  round: () => timeOf({ words: [join(here, 'bare.mjs')], env: {} }, firstByte),
};
const names = [...functionNames, 'naive-aws', 'naive-kubernetes'];
const contestants = names.map(
  (name): Contestant => ({
    name,
    round: () => {
      const arrives = sink.next();
      return timeOf(startOf(name), () => arrives);
    },
  }),
);
const measured = await interleave([bare, ...contestants], { warmUp: 1, counted: Number(values.rounds) });
sink.close();

const floor = summary(measured.get(bare) ?? []).median;
const coldOf = (name: string): number => {
  const found = contestants.find((one) => one.name === name);
  return summary((found && measured.get(found)) ?? []).median - floor;
};
console.log(`Bare Node ${process.version}: ${floor.toFixed(0)} ms. Medians of ${values.rounds}, interleaved.\n`);
console.log(
  `${'function'.padEnd(22)}${'KB'.padStart(7)}${'gzip'.padStart(7)}${'cold ms'.padStart(9)}${'ratio'.padStart(8)}  target`,
);
let missed = 0;
for (const name of names) {
  const code = readdirSync(bundles[name] ?? '')
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => readFileSync(join(bundles[name] ?? '', file)));
  const measure = (measures as Readonly<Record<string, Measure | null>>)[name] ?? null;
  const ratio = measure === null ? null : coldOf(name) / coldOf(measure.against);
  if (measure !== null && ratio !== null && ratio > measure.atMost) missed += 1;
  const cells = [
    name.padEnd(22),
    (code.reduce((sum, file) => sum + file.length, 0) / 1024).toFixed(0).padStart(7),
    (code.reduce((sum, file) => sum + gzipSync(file).length, 0) / 1024).toFixed(0).padStart(7),
    coldOf(name).toFixed(0).padStart(9),
    (ratio === null ? '' : ratio.toFixed(2)).padStart(8),
    measure === null ? '' : `  ≤ ${measure.atMost} of ${measure.against}`,
  ];
  console.log(cells.join('').trimEnd());
}
rmSync(folder, { recursive: true });
// A target that is missed is a failure, so that a script can ask for it.
if (missed > 0) process.exitCode = 1;
