import { beforeEach, describe, expect, it } from 'vitest';
import { route, startWorld, type World } from './support.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld({ store: { windowSize: 5 } });
});

const configMaps = '/api/v1/namespaces/default/configmaps';
const routes = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
const merge = 'application/merge-patch+json';

const put = (name: string, labels = {}) => world.call('POST', configMaps, { body: { metadata: { name, labels } } });
const label = (name: string, labels: object) =>
  world.call('PATCH', `${configMaps}/${name}`, { body: { metadata: { labels } }, type: merge });
const versionNow = async () =>
  ((await world.call('GET', configMaps)).body.metadata as { resourceVersion: string }).resourceVersion;
const shown = ({ type, object }: { type: string; object: { metadata: { name?: string } } }) =>
  `${type} ${object.metadata.name}`;

describe('a watch', () => {
  it('continues after the version of a list, missing nothing', async () => {
    const from = await versionNow();
    await put('one');
    const watch = await world.watch(`${configMaps}?watch=true&resourceVersion=${from}`);
    await put('two');

    expect([shown(await watch.next()), shown(await watch.next())]).toEqual(['ADDED one', 'ADDED two']);
  });

  it('without a version begins with what is there', async () => {
    await put('one');
    const watch = await world.watch(`${configMaps}?watch=true`);
    await world.call('DELETE', `${configMaps}/one`);

    expect([shown(await watch.next()), shown(await watch.next())]).toEqual(['ADDED one', 'DELETED one']);
  });

  it('marks the end of the initial events for streaming informers', async () => {
    await put('one');
    const query = 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const watch = await world.watch(`${configMaps}?${query}`);

    expect(shown(await watch.next())).toBe('ADDED one');
    const end = await watch.next();
    expect(end.type).toBe('BOOKMARK');
    expect(end.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(end.object.metadata.resourceVersion).toBe(await versionNow());
  });

  it('shows what begins or ceases to match a selector as added and deleted', async () => {
    await put('one', { side: 'green' });
    const watch = await world.watch(`${configMaps}?watch=true&labelSelector=side%3Dblue`);

    await label('one', { side: 'blue' });
    await label('one', { note: 'x' });
    await label('one', { side: 'green' });

    expect([shown(await watch.next()), shown(await watch.next()), shown(await watch.next())]).toEqual([
      'ADDED one',
      'MODIFIED one',
      'DELETED one',
    ]);
  });

  it('from a version that is no longer known gets a 410 and ends', async () => {
    const from = await versionNow();
    for (let index = 0; index < 12; index += 1) await put(`more-${index}`);

    const watch = await world.watch(`${configMaps}?watch=true&resourceVersion=${from}`);

    expect(await watch.next()).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', reason: 'Expired', code: 410 },
    });
    await watch.ended;
  });

  it('is not made to list again by the changes of other kinds', async () => {
    const from = await versionNow();
    await world.call('POST', routes, { body: route('watched', [100, 0]) });
    for (let index = 0; index < 12; index += 1) await put(`more-${index}`);

    const watch = await world.watch(`${routes}?watch=true&resourceVersion=${from}`);

    expect(shown(await watch.next())).toBe('ADDED watched');
  });

  it('ends after timeoutSeconds', async () => {
    const watch = await world.watch(`${configMaps}?watch=true&timeoutSeconds=1`);

    await watch.ended;
    await expect(watch.next()).rejects.toThrow('the watch ended');
  });

  it('shows every watcher the same changes in the same order', async () => {
    await put('one');
    const watches = await Promise.all(Array.from({ length: 20 }, () => world.watch(`${configMaps}?watch=true`)));
    await Promise.all(Array.from({ length: 10 }, (_, index) => label('one', { [`key-${index}`]: 'x' })));

    const versions = await Promise.all(
      watches.map(async (watch) => {
        const seen: number[] = [];
        for (let index = 0; index < 11; index += 1)
          seen.push(Number((await watch.next()).object.metadata.resourceVersion));
        return seen;
      }),
    );

    const [first = []] = versions;
    expect(first).toEqual([...first].sort((a, b) => a - b));
    for (const seen of versions) expect(seen).toEqual(first);
  });

  it('hears by bookmarks how far it is, if it asked for them', async () => {
    await world.restart({ bookmarkMs: 20 });
    const watch = await world.watch(`${routes}?watch=true&allowWatchBookmarks=true`);
    await put('elsewhere');

    const current = await versionNow();

    let seen = await watch.next();
    while (seen.object.metadata.resourceVersion !== current) seen = await watch.next();
    expect(seen.type).toBe('BOOKMARK');
  });

  it('does not hold up the end of the server', async () => {
    const watches = await Promise.all(Array.from({ length: 20 }, () => world.watch(`${configMaps}?watch=true`)));

    await world.server.close();

    await Promise.all(watches.map(({ ended }) => ended));
    await world.restart(); // for afterEach to close
  });
});
