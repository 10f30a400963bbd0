import { setTimeout as pause } from 'node:timers/promises';

/**
 * How long a test waits for what is to come. Much longer than it takes, also on a machine that is busy with something else: a test that
 * waits in vain has found something that hangs. In virtual time that is longer than every deadline of Sluice. How fast a machine is, is measured by `npm run bench`.
 */
export const patienceMs = 'simulation' in globalThis ? 30 * 60_000 : 10 * 60_000;

/** How often it looks. Every look of a simulated test is a whole request, and a quarter of a second there costs nobody any time. */
const lookMs = 'simulation' in globalThis ? 250 : 50;

/** Asks until there is an answer; fails at the deadline, saying what was waited for. A condition, never a fixed sleep. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | null | undefined | false>,
  everyMs = lookMs,
): Promise<T> {
  const end = Date.now() + withinMs;
  while (true) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`Waited ${withinMs} ms in vain until ${what}.`);
    await pause(everyMs);
  }
}
