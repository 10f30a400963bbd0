import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertsOfTopic } from '../../../core/alerts/alerts-of-topic.ts';
import { areInstalled } from '../../support/are-installed.ts';

const { template_files: templates, alertmanager_config: config } = parse(
  await readFile('monitoring/amazon-alertmanager.yaml', 'utf8'),
);
const isRun = areInstalled('amtool') || Boolean(process.env.CI);
const whySkipped = isRun ? '' : ' (skipped: amtool is not on the PATH)';

(isRun ? describe : describe.skip)(`Alertmanager that publishes to SNS${whySkipped}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-amazon-alertmanager-'));
    await writeFile(join(folder, 'sluice.tmpl'), templates['sluice.tmpl']);
    await writeFile(join(folder, 'alertmanager.yaml'), config);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has a sound configuration', async () => {
    const { stdout } = await promisify(execFile)('amtool', ['check-config', 'alertmanager.yaml'], { cwd: folder });

    expect(stdout).toContain('SUCCESS');
    expect(stdout).toContain('1 templates');
  });

  it('sends what Sluice reads, whatever is in labels and annotations', async () => {
    const alert = {
      status: 'firing',
      labels: { alertname: 'HighErrorRate', path: '/a"},{\\', service: 'shop', umlaut: 'ü – 日' },
      annotations: { summary: 'first line\nsecond "line"' },
      startsAt: '2026-11-23T14:59:00.5Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: '3307d901fd72bc35',
    };
    const other = { ...alert, status: 'resolved', labels: {}, annotations: {}, fingerprint: '8a07d901fd72bc01' };
    const data = join(folder, 'data.json');
    await writeFile(data, JSON.stringify({ receiver: 'sluice', status: 'firing', alerts: [alert, other] }));
    const [{ message } = { message: '' }] = parse(config).receivers[0].sns_configs;

    const { stdout } = await promisify(execFile)('amtool', [
      ...['template', 'render', `--template.glob=${join(folder, '*.tmpl')}`],
      ...[`--template.text=${message}`, `--template.data=${data}`],
    ]);

    const read = alertsOfTopic(stdout, '2026-11-23T15:00:00Z');
    expect(read).toEqual({
      kind: 'group',
      document: {
        version: '4',
        truncatedAlerts: 0,
        alerts: [alert, other].map(({ endsAt: _, generatorURL: __, ...told }) => ({
          ...told,
          startsAt: '2026-11-23 14:59:00.5 +0000 UTC',
        })),
      },
    });
  });
});
