/** A range of IPv4 addresses: its first one, and how many leading bits they share. */
export type Block = { base: number; bits: number }

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const ADDRESS = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)

const numberOf = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
const textOf = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')

export const isIpv4 = (text: string): boolean => ADDRESS.test(text)

/** Reads `10.0.0.0/8`; null for anything else, IPv6 included. Bits behind the prefix count as zero. */
export function parseBlock(cidr: string): Block | null {
  const [address = '', length = '', ...more] = cidr.split('/')
  if (!isIpv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32 || more.length > 0) return null
  const bits = Number(length)
  const size = 2 ** (32 - bits)
  return { base: Math.floor(numberOf(address) / size) * size, bits }
}

export const blockText = ({ base, bits }: Block): string => `${textOf(base)}/${bits}`

export function contains({ base, bits }: Block, address: string): boolean {
  const size = 2 ** (32 - bits)
  return Math.floor(numberOf(address) / size) * size === base
}
