import { openBenchEngine } from './bench-engine.ts';
import { echo, waiting } from './engine-machines.ts';

/**
 * `node --expose-gc engine-waiting.ts fill|resume FOLDER COUNT`: fills a journal with executions that wait for a callback and
 * stays, to be killed; or takes them up again and answers the last one. Prints one line of JSON.
 */
const [mode, folder = '', count = '0'] = process.argv.slice(2);
const memory = () => {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
};
const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);

if (mode === 'fill') {
  const { engine, machine: create } = await openBenchEngine(folder, false, echo);
  const machine = await create('waiting', waiting);
  const start = (name: string) => engine.start({ machine, name, inputText: '{"operation":"01J"}' });
  const submitted = async (from: number, to: number) => {
    const started = [];
    for (let n = from; n < to; n++) started.push(await start(`waiting-${n}`));
    while (started.some(({ state }) => state.eventCount < 5)) await new Promise((resolve) => setImmediate(resolve));
  };
  await submitted(0, 200); // what is loaded once is no execution's memory
  const before = memory();
  await submitted(200, 200 + Number(count));
  const after = memory();
  const perExecution = (after.heap - before.heap) / Number(count);
  say({ perExecution, perExecutionResident: (after.rss - before.rss) / Number(count) });
  setInterval(() => {}, 60_000); // until it is killed
} else {
  const began = performance.now();
  const { engine } = await openBenchEngine(folder, false, echo);
  const opened = performance.now();
  engine.resume();
  const executions = [...engine.store.executions.values()];
  const activity = executions.at(-1)?.state.threads.get('0')?.visit?.activity;
  if (activity?.kind !== 'task') throw new Error('the last execution does not wait for its token');
  const { token } = activity;
  const outcome = await engine.callback(token, { kind: 'task-succeeded', token, output: {} });
  const ms = performance.now() - began;
  const running = executions.filter(({ state }) => state.status === 'RUNNING').length;
  say({ ms, openMs: opened - began, outcome, running, sinceProcessStartMs: performance.now() });
  await engine.close();
}
