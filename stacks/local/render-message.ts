import type { DaemonMessage } from './protocol.ts'

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** One plain line for a message of the daemon, or undefined when it is not worth one. */
export function renderMessage(message: DaemonMessage): string | undefined {
  switch (message.type) {
    case 'line':
      return message.text
    case 'server':
      if (message.state === 'ready' || message.state === 'done') return `${seconds(message.elapsedMs).padStart(7)}  ${message.name} ${message.state}`
      if (message.state === 'restarting' || message.state === 'failed') return `${seconds(message.elapsedMs).padStart(7)}  ${message.name} ${message.state}`
      return undefined
    case 'ready':
      return `${seconds(message.elapsedMs).padStart(7)}  estate ready`
    case 'failed':
      return `${message.code}: ${message.detail}`
  }
}
