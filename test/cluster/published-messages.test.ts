import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { messagesFile, messagesText, publishedMessages } from './published-messages.ts';

it('the built-in kinds of the stand-in have the messages that Kubernetes publishes: else `node test/cluster/published-messages.ts`', async () => {
  expect(await readFile(messagesFile, 'utf8')).toBe(messagesText(await publishedMessages()));
});
