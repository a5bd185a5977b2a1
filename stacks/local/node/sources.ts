import type { KubeClient } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import { type Reflector, reflect } from '../kube/reflector.ts'
import type { WireObject } from '../kube/wire.ts'

export type SourceKind = 'configMap' | 'secret'
export type SourceRef = { kind: SourceKind; name: string }
export type SourceData = Readonly<Record<string, Buffer>>

type SourceObject = WireObject & { data?: Record<string, string>; binaryData?: Record<string, string> }
type Held = { reflector: Reflector<SourceObject>; users: Set<() => void> }
export type SourceStore = ReturnType<typeof createSourceStore>

const COLLECTIONS = { configMap: 'configmaps', secret: 'secrets' } as const

/**
 * ConfigMaps and Secrets that pods of this node name, each watched alone (as the kubelet does, so that a node may read nothing
 * else) and once, however many pods use it.
 */
export function createSourceStore({ client, log }: { client: KubeClient; log: Log }) {
  const held = new Map<string, Held>()

  const hold = (namespace: string, { kind, name }: SourceRef, onChange: () => void): (() => void) => {
    const key = `${kind} ${namespace}/${name}`
    const entry = held.get(key) ?? watch(namespace, kind, name)
    held.set(key, entry)
    entry.users.add(onChange)
    return () => {
      entry.users.delete(onChange)
      if (entry.users.size > 0) return
      entry.reflector.stop()
      held.delete(key)
    }
  }
  const watch = (namespace: string, kind: SourceKind, name: string): Held => {
    const users = new Set<() => void>()
    const tell = () => {
      for (const user of users) user()
    }
    const path = `/api/v1/namespaces/${namespace}/${COLLECTIONS[kind]}`
    const query = { fieldSelector: `metadata.name=${name}` }
    return { reflector: reflect<SourceObject>({ client, path, query, log, onChange: tell, onSync: tell }), users }
  }

  return {
    /** Watches the references for one pod; `onChange` follows every change and the first knowledge of each. */
    holdAll(namespace: string, refs: readonly SourceRef[], onChange: () => void) {
      const releases = refs.map((ref) => hold(namespace, ref, onChange))
      const entry = ({ kind, name }: SourceRef) => held.get(`${kind} ${namespace}/${name}`)
      return {
        /** True once it is known of each whether it exists. */
        synced: () => refs.every((ref) => entry(ref)?.reflector.synced()),
        /** Undefined when the object does not exist. */
        data: (ref: SourceRef): SourceData | undefined =>
          decode(ref.kind, entry(ref)?.reflector.items.get(`${namespace}/${ref.name}`)),
        release: () => releases.forEach((release) => release()),
      }
    },
  }
}
export type HeldSources = ReturnType<SourceStore['holdAll']>

function decode(kind: SourceKind, object: SourceObject | undefined): SourceData | undefined {
  if (!object) return undefined
  const inData = kind === 'secret' ? 'base64' : 'utf8'
  const entries = [
    ...Object.entries(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value, inData)] as const),
    ...Object.entries(object.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]
  return Object.fromEntries(entries)
}
