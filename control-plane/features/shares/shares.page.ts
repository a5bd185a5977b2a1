import type { CustomerState, CustomerStep } from '../../domain/customer-words.ts'
import { escaped as text, plainPage } from '../../platform/plain-page.ts'
import type { OperationStatus } from './shares.schema.ts'

/** How often a page that is not finished is asked for anew, seconds. */
const AGAIN_S = 5
const WORDS: Readonly<Record<CustomerStep['state'], string>> = {
  pending: '',
  running: 'under way',
  done: 'done',
  failed: 'did not work',
}
const SENTENCES: Readonly<Record<CustomerState, string>> = {
  waiting: 'It has not begun yet.',
  running: 'It is under way.',
  done: 'It is done.',
  failed: 'Something did not work. Please ask the person who sent you this link.',
  cancelled: 'It was cancelled. Please ask the person who sent you this link.',
}

/** The page of an operation for whoever has its link. */
export function statusPage(status: OperationStatus): string {
  const { title, customer, state, progress, steps } = status
  const open = state === 'waiting' || state === 'running'
  return plainPage({
    title: `${title}: ${customer}`,
    ...(open ? { again: AGAIN_S } : {}),
    body: `<h1>${text(title)}: ${text(customer)}</h1>
<p>${SENTENCES[state]}${remaining(status)}</p>
<progress max="${progress.total}" value="${progress.done}">${progress.done} of ${progress.total}</progress>
<ol>
${steps.map((step) => `<li class="${step.state}"><span>${text(step.title)}</span><span>${WORDS[step.state]}</span></li>`).join('\n')}
</ol>`,
  })
}

/** The one page for a link that opens nothing, whatever the reason. */
export const nothingPage = (): string =>
  plainPage({
    title: 'Nothing is shown here',
    body: '<h1>Nothing is shown here</h1>\n<p>The link may have ended. Please ask the person who sent it to you for another one.</p>',
  })

function remaining({ timeRemaining }: OperationStatus): string {
  if (timeRemaining === null) return ''
  return ` About ${roughly(timeRemaining.p50Ms)} to go, ${roughly(timeRemaining.p95Ms)} at most in most cases.`
}

/** As people say it: nobody waits for milliseconds. */
function roughly(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}
