import { afterEach, expect, it } from 'vitest';
import { type SandboxProcess, startSandboxProcess } from '../support/sandbox-process.ts';
import { patienceMs, until } from '../support/until.ts';

let sandbox: SandboxProcess | undefined;
afterEach(() => sandbox?.dispose());

const answers = (url: string | undefined) =>
  fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

it('Prometheus and Alertmanager end with the sandbox, even when it is killed, and start again with it', async () => {
  sandbox = await startSandboxProcess('--monitoring', '--no-load');
  const { prometheus, alertmanager } = sandbox.ready.monitoring ?? {};
  expect([await answers(prometheus), await answers(alertmanager)]).toEqual([true, true]);

  await sandbox.killAndRestart();

  await until('neither is left of the run before', patienceMs, async () => {
    const left = await Promise.all([answers(prometheus), answers(alertmanager)]);
    return left.every((answered) => !answered);
  });
  const { monitoring } = sandbox.ready;
  expect([await answers(monitoring?.prometheus), await answers(monitoring?.alertmanager)]).toEqual([true, true]);
  await sandbox.stop();
  await until('neither is left of this run', patienceMs, async () => {
    const left = await Promise.all([answers(monitoring?.prometheus), answers(monitoring?.alertmanager)]);
    return left.every((answered) => !answered);
  });
});
