import { expect, it } from 'vitest';
import { startSns } from '../../../sandbox/aws/start-sns.ts';
import { closedAfterwards } from './opened.ts';

const TopicArn = 'arn:aws:sns:us-east-1:123456789012:on-call';
const post = (endpoint: string, form: Record<string, string>) =>
  fetch(endpoint, { method: 'POST', body: new URLSearchParams({ Version: '2010-03-31', ...form }) });

it('keeps what was published and lists it', async () => {
  const sns = await closedAfterwards(startSns({ port: 0 }));

  const answer = await post(sns.endpoint, {
    Action: 'Publish',
    TopicArn,
    Subject: 'frozen',
    Message: 'chest-xray & co',
  });
  const text = await answer.text();
  const store = await (await fetch(`${sns.endpoint}/store`)).json();

  const messageId = /<MessageId>(.+)<\/MessageId>/.exec(text)?.[1];
  expect(sns.messages()).toMatchObject([
    { messageId, topicArn: TopicArn, subject: 'frozen', message: 'chest-xray & co' },
  ]);
  expect(store).toEqual({ messages: sns.messages() });
});

it.each([
  ['a topic that is none', { Action: 'Publish', TopicArn: 'on-call', Message: 'x' }, 'InvalidParameter'],
  ['an empty message', { Action: 'Publish', TopicArn, Message: '' }, 'InvalidParameter'],
  ['another action', { Action: 'Subscribe<', TopicArn }, 'InvalidAction'],
])('refuses %s', async (_name, form, code) => {
  const sns = await closedAfterwards(startSns({ port: 0 }));

  const answer = await post(sns.endpoint, form);

  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain(`<Code>${code}</Code>`);
  expect(sns.messages()).toEqual([]);
});
