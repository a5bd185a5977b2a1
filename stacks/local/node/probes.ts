import http from 'node:http'
import { connect } from 'node:net'
import { sleep } from '../kube/reflector.ts'
import type { Container, Probe } from './pod-types.ts'
import { FRESH, judge, tally } from './probe-tally.ts'

export type ProbeTarget = {
  container: Container
  /** Address at which the pod is reached from here. */
  address: string
  /** Runs a command inside the pod; true for exit code 0. */
  exec: (command: readonly string[], timeoutMs: number) => Promise<boolean>
}
export type ProbeEvents = {
  onStarted: () => void
  onReady: (ready: boolean) => void
  /** Startup or liveness failed for good: the container is to be restarted. */
  onFailed: (message: string) => void
}

/** Until its first success a startup or readiness probe asks this often, in milliseconds: a pod is ready when it is, not a period later. */
const EAGER_MS = 50

/** Probes a running container until the signal fires: startup first, then readiness and liveness beside each other. */
export async function probeContainer(target: ProbeTarget, events: ProbeEvents, signal: AbortSignal): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = target.container
  if (startupProbe) {
    const verdict = await follow(startupProbe, target, signal, { eager: true, until: () => true })
    if (verdict === 'down') return events.onFailed('startup probe failed')
    if (verdict === null) return
  }
  events.onStarted()
  const readiness = readinessProbe
    ? follow(readinessProbe, target, signal, { eager: true, until: (now) => (events.onReady(now === 'up'), false) })
    : (events.onReady(true), null)
  const liveness = livenessProbe
    ? follow(livenessProbe, target, signal, { eager: false, until: (now) => now === 'down' })
    : null
  if ((await liveness) === 'down') events.onFailed('liveness probe failed')
  await readiness
}

type Verdict = 'up' | 'down'
type FollowOptions = { eager: boolean; /** Told every change; true ends the probe. */ until: (now: Verdict) => boolean }

async function follow(
  probe: Probe,
  target: ProbeTarget,
  signal: AbortSignal,
  { eager, until }: FollowOptions,
): Promise<Verdict | null> {
  const periodMs = (probe.periodSeconds ?? 10) * 1_000
  let counted = FRESH
  let last: Verdict | null = null
  let nextCount = 0 // an eager failure counts once per period, or thresholds would mean something else
  await sleep((probe.initialDelaySeconds ?? 0) * 1_000, signal)
  while (!signal.aborted) {
    const ok = await attempt(probe, target)
    if (signal.aborted) return null
    const now = Date.now()
    if (ok || now >= nextCount) {
      counted = tally(counted, ok)
      nextCount = now + periodMs
    }
    const verdict = judge(counted, probe)
    if (verdict && verdict !== last) {
      last = verdict
      if (until(verdict)) return verdict
    }
    await sleep(eager && last !== 'up' ? Math.min(EAGER_MS, periodMs) : periodMs, signal)
  }
  return null
}

/** One attempt; false for every kind of failure, also a probe that cannot work. */
async function attempt(probe: Probe, { container, address, exec }: ProbeTarget): Promise<boolean> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1_000
  const { httpGet, tcpSocket } = probe
  if (httpGet) {
    const headers = Object.fromEntries((httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value]))
    return httpAnswers(
      { host: httpGet.host ?? address, port: portOf(container, httpGet.port), path: httpGet.path ?? '/', headers },
      timeoutMs,
    )
  }
  if (tcpSocket) return tcpAccepts(tcpSocket.host ?? address, portOf(container, tcpSocket.port), timeoutMs)
  if (probe.exec) return exec(probe.exec.command ?? [], timeoutMs).catch(() => false)
  return false
}

/** A port by number or by its name in the container; 0, where nothing answers, for an unknown name. */
export const portOf = ({ ports }: Container, port: number | string): number =>
  typeof port === 'number' ? port : (ports?.find(({ name }) => name === port)?.containerPort ?? (Number(port) || 0))

/** True when an HTTP GET answers with 200 to 399 in time; a connection of its own, as the kubelet does. */
export const httpAnswers = (target: http.RequestOptions, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const request = http.get({ ...target, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.resume()
      resolve((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 400)
      response.on('error', () => undefined) // a body that breaks off after the status changes nothing
    })
    request.on('error', () => resolve(false))
  })

const tcpAccepts = (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const end = (ok: boolean) => {
      socket.destroy()
      resolve(ok)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
