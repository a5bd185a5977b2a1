import type { OperationDetail } from '../client/generated/types.gen.ts'
import { headline, isFinal, stepLine, timeLeft } from './operation-text.ts'
import type { Surroundings, Terminal } from './session.ts'
import { oneLine, truncate } from './text.ts'

/** What a person sees of an operation while it is waited for. */
export type View = {
  update: (operation: OperationDetail) => void
  /** The plane does not answer at the moment. */
  lost: (why: string) => void
  close: () => void
}

/** Between two paintings without news: the time remaining goes on. */
const TICK_MS = 1000

/** On a terminal the lines are painted over; elsewhere each step is one plain line when it ends. */
export const openView = ({ terminal, note }: Pick<Surroundings, 'terminal' | 'note'>): View =>
  terminal === null ? plainView(note) : paintedView(terminal)

/**
 * The lines as they fit a terminal: none so long that it would wrap and none too many, or going back up would end at the wrong
 * line. Steps that were done first are left out first; the last column stays free, where terminals disagree about wrapping.
 * A terminal that was never told its size says 0 by 0 (a container, a recorder): it gets the usual 80 by 24.
 */
export function fit(lines: readonly string[], { columns, rows }: { columns: number; rows: number }): string[] {
  const room = Math.max(1, (rows || 24) - 1)
  const [head = '', ...steps] = lines
  const over = lines.length - room
  const shown = over <= 0 ? lines : room === 1 ? [head] : [head, `  (${over + 1} more lines)`, ...steps.slice(over + 1)]
  return shown.map((line) => truncate(line, (columns || 80) - 1))
}

function paintedView({ paint, size }: Terminal): View {
  let height = 0
  let last: { operation: OperationDetail; at: number } | undefined
  let trouble = ''
  const repaint = () => {
    if (last === undefined) return
    const lines = [
      headline(last.operation, Date.now() - last.at),
      ...last.operation.steps.map((step) => `  ${stepLine(step)}`),
    ]
    const shown = fit([...lines, ...(trouble === '' ? [] : [trouble])], size())
    const up = height > 0 ? `\u001B[${height}A` : ''
    paint(`${up}${shown.map((line) => `\r\u001B[2K${line}\n`).join('')}\u001B[J`)
    height = shown.length
  }
  const ticking = setInterval(repaint, TICK_MS)
  return {
    update: (operation) => {
      last = { operation, at: Date.now() }
      trouble = ''
      repaint()
    },
    lost: (why) => {
      trouble = oneLine(why)
      repaint()
    },
    close: () => clearInterval(ticking),
  }
}

function plainView(note: Surroundings['note']): View {
  const told = new Set<string>()
  const once = (key: string, text: string) => {
    if (told.has(key)) return
    told.add(key)
    note(text)
  }
  let away = false
  return {
    update: (operation) => {
      away = false
      if (!isFinal(operation)) once('id', `operation ${operation.id}: ${headline(operation)}`)
      for (const step of operation.steps.filter(({ state }) => state === 'succeeded' || state === 'failed')) {
        const left = timeLeft(operation)
        once(`${step.step} ${step.state} ${step.attempt}`, `${stepLine(step)}${left === '' ? '' : `  (${left})`}`)
      }
      if (isFinal(operation)) once('end', `${operation.kind} ${operation.state}`)
    },
    lost: (why) => {
      if (!away) note(oneLine(why))
      away = true
    },
    close: () => {},
  }
}
