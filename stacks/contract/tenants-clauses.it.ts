import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { refusesSecond } from './tenants-clauses.ts'

const HOST = 'acme.localhost'

/** A pod to which files come in rounds, as a kubelet brings them; `open`: it takes also what a silo must refuse. */
async function podOf({ everyMs, open }: { everyMs: number; open: boolean }) {
  let [published, loaded] = [0, 0]
  let refused = false
  const rounds = setInterval(() => {
    if (open || !refused) loaded = published
  }, everyMs)
  const server = createServer(({ url }, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(url === '/version' ? { tenantsRevision: loaded } : { tenant: 'acme' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    clearInterval(rounds)
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const publish = async (second: boolean) => {
    refused = second
    return (published += 1)
  }
  return { pod: { name: 'slow-0', host: '127.0.0.1', port }, publish }
}

// longer than a silo is looked at where files come at once
const everyMs = 4_000

test.concurrent.each([
  ['a silo that takes a second tenant is found, however slowly', true, [false]],
  ['a silo that refuses one passes, however slowly', false, [true]],
])('%s files come', async (_what, open, holds) => {
  const { pod, publish } = await podOf({ everyMs, open })
  const seen = await refusesSecond([pod], HOST, publish, new AbortController().signal)
  expect(seen.map((one) => one.holds)).toEqual(holds)
})

test('where files do not arrive nothing is said of the second tenant', async () => {
  const { pod, publish } = await podOf({ everyMs: 600_000, open: true })
  const seen = await refusesSecond([pod], HOST, publish, new AbortController().signal, 300)
  expect(seen.map((one) => one.holds)).toEqual([null])
})
