import { isJsonObject } from './kube-object.ts';

/** How long ago, in kubectl's words (`8s`, `3m20s`, `5h`, `12d`); '<unknown>' for no time. */
export function age(time: string, now: Date): string {
  const instant = Date.parse(time);
  if (Number.isNaN(instant)) return '<unknown>';
  return duration(Math.max(0, Math.floor((now.getTime() - instant) / 1000)));
}

/** k8s.io/apimachinery `duration.HumanDuration`: the more it is, the less exact. */
function duration(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  return `${days}d`;
}

/** Items by commas, '<none>' for nothing; the first three and how many more. */
export function joined(items: unknown[], text: (item: unknown) => string): string {
  if (items.length === 0) return '<none>';
  const shown = items.slice(0, 3).map(text).join(',');
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}

export function labelText(labels: unknown): string {
  if (!isJsonObject(labels) || Object.keys(labels).length === 0) return '<none>';
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}
