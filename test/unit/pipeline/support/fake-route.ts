import type { LiveRoute, RouteWrite, TrafficRouter } from '../../../../adapters/traffic/traffic-router.ts';
import type { Fence } from '../../../../contracts/fence.ts';
import type { Weights } from '../../../../contracts/names.ts';

/** One route object under optimistic concurrency, as the API server keeps it. */
export class FakeRoute implements TrafficRouter {
  weights: Weights;
  fence: Fence | null;
  version = 1;
  readonly writes: RouteWrite[] = [];
  /** Why requests go by older weights; null: they follow. */
  behind: string | null = null;
  /** Runs before the next write, as another writer that comes in between. */
  meanwhile: (() => void) | null = null;

  constructor(weights: Weights, fence: Fence | null) {
    this.weights = weights;
    this.fence = fence;
  }
  async read(): Promise<LiveRoute> {
    const { weights, fence } = this;
    return { weights, fence, resourceVersion: String(this.version), damaged: null, problem: null };
  }
  async lag() {
    return this.behind;
  }
  async write(write: RouteWrite) {
    this.meanwhile?.();
    this.meanwhile = null;
    if (write.resourceVersion !== String(this.version)) return { kind: 'conflict' as const };
    this.version += 1;
    this.weights = write.weights;
    this.fence = write.fence;
    this.writes.push(write);
    return { kind: 'written' as const, resourceVersion: String(this.version) };
  }
}
