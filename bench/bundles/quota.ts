import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A group of processes that get a share of one processor. */
export interface Quota {
  /** Moves a process and all of its threads into the group. @param share of one processor: 0.25 is a quarter. */
  limit(pid: number, share: number): void;
  /** Removes the group; its processes must have ended. */
  close(): void;
}

/** Lambda's own period is not documented. Within 20 ms a tenth of a processor is 2 ms at a stretch, as people have measured it there. */
const period = 20_000;

/** Makes a cgroup of its own, of either version. Null with the reason where this machine lets nobody make one. */
export function openQuota(): Quota | { readonly missing: string } {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const tried: string[] = [];
  for (const [, path = '', kind = '', options = ''] of mounts) {
    const version = kind === 'cgroup2' ? 2 : kind === 'cgroup' && options.split(',').includes('cpu') ? 1 : null;
    if (version === null) continue;
    try {
      return version === 1 ? openFirst(path) : openSecond(path);
    } catch (error) {
      tried.push(`${path}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { missing: tried.join('; ') || 'there is no cgroup file system' };
}

function openFirst(root: string): Quota {
  const write = openGroup(root);
  write('cpu.cfs_period_us', period);
  return {
    limit(pid, share) {
      write('cpu.cfs_quota_us', Math.round(period * share));
      write('cgroup.procs', pid);
    },
    close: write.close,
  };
}

function openSecond(root: string): Quota {
  const controllers = join(root, 'cgroup.subtree_control');
  if (!readFileSync(controllers, 'utf8').includes('cpu')) writeFileSync(controllers, '+cpu');
  const write = openGroup(root);
  return {
    limit(pid, share) {
      write('cpu.max', `${Math.round(period * share)} ${period}`);
      write('cgroup.procs', pid);
    },
    close: write.close,
  };
}

function openGroup(root: string) {
  const group = join(root, `sluice-bench-${process.pid}`);
  mkdirSync(group);
  const write = (file: string, value: number | string) => writeFileSync(join(group, file), String(value));
  return Object.assign(write, { close: () => existsSync(group) && rmdirSync(group) });
}
