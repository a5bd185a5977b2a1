import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type PodAccount, giveTo } from './account.ts'
import { type VolumeFiles, writeAtomicFolder } from './atomic-folder.ts'
import { fieldValue } from './environment.ts'
import { ConfigError, type Pod, type PodSpec, type Volume } from './pod-types.ts'
import type { SourceData, SourceKind, SourceRef } from './sources.ts'

/** Everything of a pod's volumes that is not on disk yet. */
export type VolumeInputs = {
  data: (ref: SourceRef) => SourceData | undefined
  /** Current token of the pod's service account for a `serviceAccountToken` projection. */
  token: (audience: string, expirationSeconds: number) => Promise<string>
}

type Items = { key: string; path: string; mode?: number }[] | undefined
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number]

/** The ConfigMaps and Secrets that a pod names anywhere: volumes, env, envFrom. */
export function sourcesOf(spec: PodSpec): SourceRef[] {
  const found = new Map<string, SourceRef>()
  const add = (kind: SourceKind, name: string | undefined) => name && found.set(`${kind} ${name}`, { kind, name })
  for (const volume of spec.volumes ?? []) {
    add('configMap', volume.configMap?.name)
    add('secret', volume.secret?.secretName)
    for (const source of volume.projected?.sources ?? []) {
      add('configMap', source.configMap?.name)
      add('secret', source.secret?.name)
    }
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('configMap', configMapRef?.name)
      add('secret', secretRef?.name)
    }
    for (const { valueFrom } of container.env ?? []) {
      add('configMap', valueFrom?.configMapKeyRef?.name)
      add('secret', valueFrom?.secretKeyRef?.name)
    }
  }
  return [...found.values()]
}

/**
 * Writes one volume below `folder` unless it has the `written` fingerprint already; returns its fingerprint. Throws a `ConfigError`
 * naming what is missing and not optional.
 */
export async function writeVolume(
  { folder, account, written }: { folder: string; account: PodAccount; written: string | undefined },
  volume: Volume,
  pod: Pod,
  inputs: VolumeInputs,
): Promise<string> {
  const path = join(folder, volume.name)
  if (volume.emptyDir) {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await giveTo(path, account)
    return 'emptyDir'
  }
  const files = await filesOf(volume, pod, inputs)
  const now = fingerprint(files)
  if (now !== written) await writeAtomicFolder(path, files, account)
  return now
}

function fingerprint(files: VolumeFiles): string {
  const hash = createHash('sha256')
  for (const [path, { content, mode }] of files) hash.update(`${path}\0${mode}\0${content.length}\0`).update(content)
  return hash.digest('base64')
}

async function filesOf(volume: Volume, pod: Pod, inputs: VolumeInputs): Promise<VolumeFiles> {
  const { configMap, secret, projected, downwardAPI } = volume
  if (configMap)
    return fromSource(inputs, { kind: 'configMap', name: configMap.name ?? '' }, configMap, configMap.defaultMode)
  if (secret) return fromSource(inputs, { kind: 'secret', name: secret.secretName ?? '' }, secret, secret.defaultMode)
  if (downwardAPI) return fromFields(pod, downwardAPI.items, downwardAPI.defaultMode)
  const files: VolumeFiles = new Map()
  for (const source of projected?.sources ?? []) {
    for (const [path, file] of await fromProjection(source, pod, inputs, projected?.defaultMode)) files.set(path, file)
  }
  return files
}

async function fromProjection(
  source: Projection,
  pod: Pod,
  inputs: VolumeInputs,
  mode: number | undefined,
): Promise<VolumeFiles> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source
  if (configMap) return fromSource(inputs, { kind: 'configMap', name: configMap.name ?? '' }, configMap, mode)
  if (secret) return fromSource(inputs, { kind: 'secret', name: secret.name ?? '' }, secret, mode)
  if (downwardAPI) return fromFields(pod, downwardAPI.items, mode)
  if (!serviceAccountToken) throw new ConfigError(`projected volume: ${Object.keys(source).join()} is not supported`)
  const token = await inputs.token(serviceAccountToken.audience ?? '', serviceAccountToken.expirationSeconds ?? 3_600)
  return new Map([[serviceAccountToken.path, { content: Buffer.from(token), mode: 0o400 }]])
}

const DEFAULT_MODE = 0o644

function fromSource(
  { data }: VolumeInputs,
  ref: SourceRef,
  { items, optional }: { items?: Items; optional?: boolean },
  mode = DEFAULT_MODE,
): VolumeFiles {
  const found = data(ref)
  const kind = ref.kind === 'secret' ? 'Secret' : 'ConfigMap'
  if (!found && !optional) throw new ConfigError(`${kind} ${ref.name} not found`)
  const content = found ?? {}
  const chosen: NonNullable<Items> = items ?? Object.keys(content).map((key) => ({ key, path: key }))
  const files: VolumeFiles = new Map()
  for (const item of chosen) {
    const value = content[item.key]
    if (value) files.set(item.path, { content: value, mode: item.mode ?? mode })
    else if (!optional) throw new ConfigError(`${kind} ${ref.name} has no key ${item.key}`)
  }
  return files
}

const fromFields = (
  pod: Pod,
  items: readonly { path: string; fieldRef?: { fieldPath: string }; mode?: number }[] = [],
  mode = DEFAULT_MODE,
): VolumeFiles =>
  new Map(
    items.map((item) => [
      item.path,
      { content: Buffer.from(fieldValue(pod, item.fieldRef?.fieldPath ?? '')), mode: item.mode ?? mode },
    ]),
  )
