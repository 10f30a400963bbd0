import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KubernetesClient } from '../../../../adapters/cluster/kubernetes-client.ts';
import { type ReadingAhead, readingAhead } from '../../../../adapters/cluster/read-ahead.ts';

let asked: string[];
let refusing: boolean;
let client: ReadingAhead;
beforeEach(() => {
  asked = [];
  refusing = false;
  const get = async (path: string) => {
    asked.push(path);
    if (refusing) throw new Error('not today');
    return { answer: asked.length };
  };
  // Nothing but `get` is called here.
  client = readingAhead({ get } as unknown as KubernetesClient);
});

describe('readingAhead', () => {
  it('gives the answer to the first who asks for that path; whoever reads again reads anew', async () => {
    await client.readAhead('/route');

    expect(await client.get('/route')).toEqual({ answer: 1 });
    expect(await client.get('/route')).toEqual({ answer: 2 });
    expect(asked).toEqual(['/route', '/route']);
  });

  it('leaves other paths alone', async () => {
    void client.readAhead('/route');

    expect(await client.get('/other')).toEqual({ answer: 2 });
  });

  it('gives a failure on too, once, and does not fail before', async () => {
    refusing = true;

    await expect(client.readAhead('/route')).resolves.toBeUndefined();

    await expect(client.get('/route')).rejects.toThrow('not today');
    refusing = false;
    expect(await client.get('/route')).toEqual({ answer: 2 });
  });

  it('forgets an answer that nobody took for two seconds', async () => {
    await client.readAhead('/route');
    const later = performance.now() + 2_001;
    const clock = jest.spyOn(performance, 'now').mockReturnValue(later);

    expect(await client.get('/route')).toEqual({ answer: 2 });

    clock.mockRestore();
  });
});
