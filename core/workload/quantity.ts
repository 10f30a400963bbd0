/** Suffixes of a quantity: decimal and binary SI (apimachinery's `resource.Quantity`). */
const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const form = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

/** A quantity of Kubernetes as a number: `500m` is 0.5, `2Gi` is 2147483648, `1e3` is 1000. Null for what is none. */
export function parseQuantity(value: unknown): number | null {
  const match = form.exec(String(value));
  if (match === null) return null;
  const [, digits = '', suffix = '', exponent] = match;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  return Number(digits) * (suffixes[suffix] ?? Number.NaN);
}
