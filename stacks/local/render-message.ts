import type { ServerState } from './daemon/supervisor.ts'
import type { DaemonMessage } from './protocol.ts'

const TOLD: readonly ServerState[] = ['ready', 'done', 'restarting', 'failed']
const at = (ms: number): string => `${(ms / 1000).toFixed(1)} s`.padStart(9)

/** One plain line for a message of the daemon, or undefined when it is not worth one. */
export function renderMessage(message: DaemonMessage): string | undefined {
  if (message.type === 'line') return message.text
  if (message.type === 'failed') return `${message.code}: ${message.detail}`
  if (message.type === 'ready') return `${at(message.elapsedMs)}  estate ready`
  return TOLD.includes(message.state) ? `${at(message.elapsedMs)}  ${message.name} ${message.state}` : undefined
}
