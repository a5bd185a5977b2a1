import type { Sighting } from '../../control-plane/domain/contract.ts'
import { ask } from './ask.ts'
import type { Asked } from './asked.ts'
import { saw, type Seen } from './sighting.ts'

const NAME = 'http_server_request_duration_seconds'

/** What /metrics of every pod says after the served tenant has asked something. */
export async function metricsSeen({ pods, served, version, signal }: Asked): Promise<Seen> {
  const [host] = served.hosts
  const texts = await Promise.all(
    pods.map(async (pod) => {
      await ask(pod, '/whoami', host ?? '', signal).catch(() => signal.throwIfAborted())
      const answer = await ask(pod, '/metrics', null, signal).catch(() => signal.throwIfAborted())
      return { pod: pod.name, text: answer?.status === 200 ? answer.body : '' }
    }),
  )
  return {
    'metrics.duration': texts.flatMap(({ pod, text }) => histogram(pod, text)),
    'metrics.labels': texts.map(({ pod, text }) => labels(pod, text, { tenant: served.slug, version })),
  }
}

function histogram(pod: string, text: string): Sighting[] {
  const has = (what: string, pattern: RegExp) =>
    saw(`${what} at pod ${pod}`, String(pattern), pattern.exec(text)?.[0] ?? 'nothing', pattern.test(text))
  return [
    has('its type', new RegExp(`^# TYPE ${NAME} histogram$`, 'm')),
    has('a last bucket', new RegExp(`^${NAME}_bucket\\{[^}\\n]*le="\\+Inf"[^}\\n]*\\} \\d+`, 'm')),
    has('a sum', new RegExp(`^${NAME}_sum\\{[^}\\n]*\\} [0-9.e+-]+`, 'm')),
    has('a count', new RegExp(`^${NAME}_count\\{[^}\\n]*\\} \\d+`, 'm')),
  ]
}

/** Whatever the metric is called: this is about who is measured. */
function labels(pod: string, text: string, wanted: { tenant: string; version: string }): Sighting {
  const series = text.split('\n').filter((line) => !line.startsWith('#') && line.includes(`tenant="${wanted.tenant}"`))
  const whole = series.find((line) => line.includes(`service_version="${wanted.version}"`))
  const expected = `a series with tenant="${wanted.tenant}" and service_version="${wanted.version}"`
  return saw(`series of the tenant at pod ${pod}`, expected, whole ?? series[0] ?? 'nothing', whole !== undefined)
}
