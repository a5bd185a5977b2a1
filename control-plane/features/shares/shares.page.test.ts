import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { pageHeaders } from '../../platform/plain-page.ts'
import { nothingPage, statusPage } from './shares.page.ts'
import type { OperationStatus } from './shares.schema.ts'

const RUNNING: OperationStatus = {
  title: 'Setting up',
  customer: 'Acme <b>& "Sons"</b>',
  state: 'running',
  progress: { done: 1, total: 4 },
  timeRemaining: { p50Ms: 1400, p95Ms: 200_000 },
  steps: [
    { title: 'Telling the application', state: 'done', startedAt: null, finishedAt: null },
    { title: 'Opening the address', state: 'running', startedAt: null, finishedAt: null },
  ],
  askedAt: '2026-11-22T09:30:00.000Z',
  finishedAt: null,
}

test('a page says where it stands and how long it takes, and comes again while it is open', () => {
  const page = statusPage(RUNNING)
  expect(page).toContain('About 2 seconds to go, 4 minutes at most in most cases')
  expect(page).toContain('<progress max="4" value="1">')
  expect(page).toContain('http-equiv="refresh"')
  for (const state of ['done', 'failed', 'cancelled'] as const)
    expect(statusPage({ ...RUNNING, state, timeRemaining: null })).not.toContain('refresh')
})

test('what a customer is called is text and never markup', () => {
  const page = statusPage(RUNNING)
  expect(page).not.toContain('<b>')
  expect(page).toContain('Acme &lt;b&gt;&amp; &quot;Sons&quot;&lt;/b&gt;')
})

test('there is no script, nothing from elsewhere, and the one style is the one that the policy names', () => {
  for (const page of [statusPage(RUNNING), nothingPage()]) {
    expect(page).not.toMatch(/<script|src=|href=|url\(|@import|style="|\son\w+="/)
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(pageHeaders({ forms: false })['content-security-policy']).toContain(`style-src 'sha256-${hash}'`)
  }
  expect(pageHeaders({ forms: false })['content-security-policy']).toContain("default-src 'none'")
})
