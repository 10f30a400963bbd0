import { type Load, startLoad } from '../sandbox/app/load.ts';
import type { Ready } from '../sandbox/ready.ts';

/** Requests per second. */
const rates = { always: 2, whileSplit: 8 };

/** Who sends requests during a night: few, since each costs processor. */
export interface Users {
  /** While the traffic is split, more come, so that a share of them says something. */
  split(is: boolean): Promise<void>;
  close(): Promise<void>;
}

export function startUsers({ traffic, host }: Ready): Users {
  const sending = (ratePerSecond: number) => startLoad({ trafficEndpoint: traffic, host, ratePerSecond });
  const few = sending(rates.always);
  let many: Load | null = null;
  return {
    async split(is) {
      if (is) many ??= sending(rates.whileSplit);
      else {
        const ending = many;
        many = null;
        await ending?.close();
      }
    },
    close: async () => {
      await Promise.all([few.close(), many?.close()]);
    },
  };
}
