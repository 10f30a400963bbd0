import { type WaitSettings, waitsOf } from './waits.ts';

/**
 * History events of the states outside the loops: about 30 tasks of 5 events each (entered, scheduled, started, succeeded,
 * exited), their choices of 2, and a retry of 3 for every task.
 */
export const fixedHistoryEvents = 300;

/** Events of one turn of a waiting loop: a task (5), a choice (2), a wait (2), and one retry (3) every third turn. */
export const historyEventsPerTurn = 10;

/** Configurations whose worst case exceeds this are refused (DESIGN §5, guardian); Step Functions stops at 25,000. */
export const historyEventLimit = 10_000;

/** What one wait can cost in history events, at worst. */
export interface HistoryCost {
  wait: string;
  turns: number;
  events: number;
}

/**
 * Estimates the history events of a deployment whose every wait lasts as long as it may: for each wait,
 * `(ceil(total / every) + 1) × historyEventsPerTurn`, plus `fixedHistoryEvents`.
 */
export function estimateHistoryEvents(service: WaitSettings): { total: number; costs: readonly HistoryCost[] } {
  const costs = waitsOf(service).map(({ name, total, every }): HistoryCost => {
    const turns = Math.ceil(total / every) + 1;
    return { wait: name, turns, events: turns * historyEventsPerTurn };
  });
  return { total: costs.reduce((sum, cost) => sum + cost.events, fixedHistoryEvents), costs };
}
