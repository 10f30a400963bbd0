import type { Wait } from './waits.ts';

/**
 * History events of the states outside the loops: about 30 tasks of 5 events each (entered, scheduled, started, succeeded,
 * exited), their choices of 2, and a retry of 3 for every task.
 */
export const fixedHistoryEvents = 300;

/**
 * Events of one turn of a waiting loop. For `callback`: the task that waits for its token and times out (6), the task that reads
 * the item again (5), a choice (2), and a margin for retries (1). For `observe`: the task (5), a choice (2), the margin (1). For `gather`:
 * the task (5), a choice (2), the pause (2), the margin (1). For `measure`: that, the look at what is live (5), and rights, rights of the way back
 * and validation (7 each), with a retry (3) among them.
 */
export const historyEventsPerTurn = { callback: 14, observe: 8, gather: 10, measure: 39 } as const;

/** Configurations whose worst case exceeds this are refused (DESIGN §5, guardian); Step Functions stops at 25,000. */
export const historyEventLimit = 10_000;

/** What one wait can cost in history events, at worst. */
export interface HistoryCost {
  wait: string;
  turns: number;
  events: number;
}

/**
 * Estimates the history events of an execution whose every wait lasts as long as it may: for each wait,
 * `(ceil(total / every) + 1)` turns of `historyEventsPerTurn`, plus `fixedHistoryEvents`.
 */
export function estimateHistoryEvents(waits: readonly Wait[]): { total: number; costs: readonly HistoryCost[] } {
  const costs = waits.map(({ name, total, every, turn }): HistoryCost => {
    const turns = Math.ceil(total / every) + 1;
    return { wait: name, turns, events: turns * historyEventsPerTurn[turn] };
  });
  return { total: costs.reduce((sum, cost) => sum + cost.events, fixedHistoryEvents), costs };
}
