const FACTORS: Readonly<Record<string, number>> = {
  '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
} // oxfmt-ignore

/** A Kubernetes quantity as a number; NaN for what is none. */
export function quantity(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([A-Za-z]*)$/.exec(text) ?? []
  return digits === '' ? Number.NaN : Number(digits) * (FACTORS[unit] ?? Number.NaN)
}
