import { isIP } from 'node:net'
import { ConfigError } from './config.ts'

/**
 * What stands in front of the API and may say whom it asks for (`X-Forwarded-*`): addresses and networks, separated by commas.
 * Throws a `ConfigError` with each that is none, or that would trust everybody.
 */
export function trustedProxies(text: string | undefined): readonly string[] {
  const listed = (text ?? '').split(',').map((one) => one.trim())
  const networks = listed.filter((one) => one !== '')
  const faults = networks.flatMap((network) => {
    const fault = faultOf(network)
    return fault === undefined ? [] : [`STEWARD_TRUSTED_PROXIES has "${network}", which ${fault}`]
  })
  if (faults.length > 0) throw new ConfigError(faults)
  return networks
}

function faultOf(network: string): string | undefined {
  const [, address = '', bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(network) ?? []
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (most === 0 || Number(bits ?? most) > most) return 'is no address or network: write 10.1.0.0/16'
  return Number(bits ?? most) === 0 ? 'trusts everybody: name the addresses of your proxies' : undefined
}
