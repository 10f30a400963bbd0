import { commandFaults, operationsIn } from '../commands.ts';

/** A text that was sent to people, and what it is. */
export interface Sent {
  readonly what: string;
  readonly text: string;
}

/** I14: every command in a text runs as it is printed, and every operation that it names exists. */
export async function untrueMessages(sent: readonly Sent[], operations: readonly { id: string }[]): Promise<string[]> {
  const known = new Set(operations.map(({ id }) => id));
  const problems: string[] = [];
  for (const { what, text } of sent) {
    for (const fault of await commandFaults(text)) problems.push(`I14: ${what}: ${fault}`);
    for (const id of operationsIn(text)) {
      if (!known.has(id)) problems.push(`I14: ${what} names operation ${id}, which does not exist`);
    }
    // Zeros after the point are the size of a number, not digits of it: 0.00819 has three.
    const long = text.match(/(?<![\d.])(?:0\.0*[1-9]\d{4,}|[1-9]\d*\.\d{5,})/);
    if (long !== null) problems.push(`I14: ${what} shows ${long[0]}`);
  }
  return problems;
}
