import { readFile, writeFile } from 'node:fs/promises'
import { sleep } from '../kube/reflector.ts'
import { giveTo } from './account.ts'
import { type BackOff, afterExit } from './back-off.ts'
import { commandOf } from './container-command.ts'
import { type Command, type Exit, runToEnd, startProcess } from './container-process.ts'
import { forgetProcess, noteProcess } from './leftovers.ts'
import { closeLog, logFolder, openLog, tailOf } from './log-file.ts'
import { type LiveRecord, type PodContext, terminationFile } from './pod-context.ts'
import { reachableAddress } from './pod-range.ts'
import { ConfigError, type Container, type Terminated } from './pod-types.ts'
import { httpAnswers, portOf, probeContainer } from './probes.ts'

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'
type Plan = Omit<Command, 'log'>

/** A start that a missing object or image prevents is tried again after at most this long, in milliseconds. */
const RETRY_MS = 5_000

/** Runs a container, again and again as the policy wants, until it is done or the pod ends. Its record says how it is. */
export async function runContainer(
  ctx: PodContext,
  container: Container,
  record: LiveRecord,
  policy: RestartPolicy,
): Promise<void> {
  let backOff: BackOff = { failures: 0 }
  for (;;) {
    const plan = await prepare(ctx, container, record)
    if (!plan) return
    const began = Date.now()
    const ended = await runOnce(ctx, container, record, plan)
    Object.assign(record, { state: { terminated: ended }, ready: false, started: false })
    ctx.publish()
    const again = policy === 'Always' || (policy === 'OnFailure' && ended.exitCode !== 0)
    if (!again || ctx.signal.aborted) return
    const next = afterExit(backOff, Date.now() - began)
    backOff = next.backOff
    if (next.waitMs > 0) {
      const message = `back-off ${next.waitMs / 1_000}s restarting failed container=${record.name}`
      record.state = { waiting: { reason: 'CrashLoopBackOff', message } }
      record.lastState = { terminated: ended }
      ctx.publish()
      await sleep(next.waitMs, ctx.signal)
    }
    if (ctx.signal.aborted) {
      record.state = { terminated: ended }
      return
    }
    record.lastState = { terminated: ended }
    record.restarts += 1
  }
}

/** Everything needed to start; waits, with the reason in the status, for what is missing. Null when the pod ends meanwhile. */
async function prepare(ctx: PodContext, container: Container, record: LiveRecord): Promise<Plan | null> {
  while (!ctx.signal.aborted) {
    let reason = 'ErrImagePull'
    try {
      const image = await ctx.parts.images.pull(container.image ?? '')
      record.imageId = image.id
      reason = 'CreateContainerConfigError'
      return ctx.signal.aborted ? null : commandOf(ctx, container, image)
    } catch (error) {
      if (!(error instanceof ConfigError))
        ctx.parts.log.error({ event: 'pod.start-failed', ...ctx.id, err: error }, 'container not started')
      record.state = { waiting: { reason, message: error instanceof Error ? error.message : String(error) } }
      ctx.publish()
      await ctx.change(RETRY_MS)
    }
  }
  return null
}

async function runOnce(ctx: PodContext, container: Container, record: LiveRecord, plan: Plan): Promise<Terminated> {
  const { home, account, log } = ctx.parts
  const startedAt = new Date().toISOString()
  const message = terminationFile(ctx.folder, container.name)
  await writeFile(message, '', { mode: 0o600 })
  await giveTo(message, account)
  const output = await openLog(logFolder(home, ctx.id), container.name)
  const key = `${ctx.id.uid}.${container.name}`
  const probing = new AbortController()
  let exit: Exit
  try {
    record.process = await startProcess({ ...plan, log: output.fd, note: (pid) => noteProcess(home, key, pid) })
    Object.assign(record, { state: { running: { startedAt } }, log: output.file })
    log.info(
      { event: 'container.started', ...ctx.id, container: container.name, pid: record.process.pid },
      'container started',
    )
    ctx.publish()
    void probe(ctx, container, record, plan, probing.signal)
    if (ctx.signal.aborted) void stopContainer(ctx, container, record, 0) // ended while it was being started
    exit = await record.process.exited
  } catch (error) {
    await writeFile(message, error instanceof Error ? error.message : String(error))
    exit = { exitCode: 128, signal: null }
  } finally {
    probing.abort()
    record.process = null
    await closeLog(output.fd)
    await forgetProcess(home, key)
  }
  log.info({ event: 'container.ended', ...ctx.id, container: container.name, ...exit }, 'container ended')
  return terminated(ctx, container, record, { startedAt, exit, from: output.from, file: output.file })
}

type Ended = { startedAt: string; exit: Exit; file: string; from: number }
async function terminated(
  ctx: PodContext,
  container: Container,
  record: LiveRecord,
  { startedAt, exit, file, from }: Ended,
): Promise<Terminated> {
  const written = await readFile(terminationFile(ctx.folder, container.name), 'utf8').catch(() => '')
  const fallBack = container.terminationMessagePolicy === 'FallbackToLogsOnError' && exit.exitCode !== 0
  const message = written.slice(0, 4_096) || (fallBack ? await tailOf(file, from) : '')
  return {
    exitCode: exit.exitCode,
    ...(exit.signal === null ? {} : { signal: exit.signal }),
    reason: exit.exitCode === 0 ? 'Completed' : 'Error',
    startedAt,
    finishedAt: new Date().toISOString(),
    containerID: `process://${ctx.id.uid}/${record.name}/${record.restarts}`,
    ...(message ? { message } : {}),
  }
}

function probe(
  ctx: PodContext,
  container: Container,
  record: LiveRecord,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  const exec = async (command: readonly string[], timeoutMs: number) => (await runIn(plan, command, timeoutMs)) === 0
  const set = (change: Partial<LiveRecord>) => {
    if (signal.aborted) return
    Object.assign(record, change)
    ctx.publish()
  }
  const events = {
    onStarted: () => set({ started: true }),
    onReady: (ready: boolean) => set({ ready }),
    onFailed(message: string) {
      if (signal.aborted || ctx.signal.aborted) return
      ctx.parts.log.warn(
        { event: 'container.unhealthy', ...ctx.id, container: container.name, reason: message },
        'container unhealthy',
      )
      set({ ready: false })
      void stopContainer(ctx, container, record, graceOf(ctx))
    },
  }
  return probeContainer({ container, address: reachableAddress(ctx.ip), exec }, events, signal)
}

/** The pod's own grace period, in milliseconds. */
export const graceOf = (ctx: PodContext): number => (ctx.pod().spec?.terminationGracePeriodSeconds ?? 30) * 1_000

/** After a preStop hook that used up the grace a process still gets this long, as from the kubelet. */
const LEAST_GRACE_MS = 2_000

/** Ends a running container: preStop hook, SIGTERM, SIGKILL after the grace. Its runner decides what comes next. */
export async function stopContainer(
  ctx: PodContext,
  container: Container,
  record: LiveRecord,
  graceMs: number,
): Promise<void> {
  const began = Date.now()
  if (graceMs > 0) await preStop(ctx, container, record, graceMs)
  const left = graceMs === 0 ? 0 : Math.max(graceMs - (Date.now() - began), LEAST_GRACE_MS)
  await record.process?.stop(left)
}

async function preStop(ctx: PodContext, container: Container, record: LiveRecord, graceMs: number): Promise<void> {
  const hook = container.lifecycle?.preStop
  if (!hook || !record.process) return
  const gone = new AbortController()
  void record.process.exited.then(() => gone.abort())
  if (hook.sleep) await sleep(Math.min(hook.sleep.seconds * 1_000, graceMs), gone.signal)
  if (hook.httpGet) {
    const { path = '/', port, host = reachableAddress(ctx.ip) } = hook.httpGet
    await httpAnswers({ host, path, port: portOf(container, port) }, graceMs)
  }
  if (!hook.exec) return
  const image = await ctx.parts.images.pull(container.image ?? '')
  await runIn(commandOf(ctx, container, image), hook.exec.command ?? [], graceMs).catch((error: unknown) => {
    ctx.parts.log.warn({ event: 'container.pre-stop-failed', ...ctx.id, err: error }, 'preStop hook failed')
  })
}

/** Runs a command with a container's environment and account; its exit code. */
const runIn = ({ cwd, env, account }: Plan, [program = '', ...args]: readonly string[], timeoutMs: number) =>
  runToEnd({ program, args, cwd, env, account, log: null }, timeoutMs)
