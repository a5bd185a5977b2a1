/** A position in the log, as PostgreSQL prints it (`16/B374D848`), in bytes. */
export function lsnBytes(lsn: string): bigint {
  const [high, low] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

/** How many bytes `behind` is behind `ahead`; 0 when it is not. */
export const bytesBehind = (behind: string, ahead: string): number =>
  Math.max(0, Number(lsnBytes(ahead) - lsnBytes(behind)))
