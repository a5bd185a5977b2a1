/** The parts of Gateway API v1 that this gateway reads and writes. */
export type ObjectMeta = {
  name: string
  namespace: string
  uid: string
  generation?: number
  creationTimestamp: string
  resourceVersion: string
}

export type BackendRef = {
  name: string
  namespace?: string
  kind?: string
  group?: string
  port?: number
  weight?: number
}
export type ParentRef = {
  name: string
  namespace?: string
  kind?: string
  group?: string
  sectionName?: string
  port?: number
}

export type HttpRoute = {
  metadata: ObjectMeta
  spec: {
    parentRefs?: ParentRef[]
    hostnames?: string[]
    rules?: {
      matches?: {
        path?: { type?: string; value?: string }
        headers?: unknown[]
        queryParams?: unknown[]
        method?: string
      }[]
      filters?: unknown[]
      backendRefs?: (BackendRef & { filters?: unknown[] })[]
    }[]
  }
  status?: { parents?: ParentStatus[] }
}

export type ParentStatus = { parentRef: ParentRef; controllerName: string; conditions: RouteCondition[] }
export type RouteCondition = {
  type: 'Accepted' | 'ResolvedRefs'
  status: 'True' | 'False'
  reason: string
  message: string
  observedGeneration: number
  lastTransitionTime: string
}

export type Service = {
  metadata: ObjectMeta
  spec: { ports?: { name?: string; port: number }[] }
}

export type EndpointSlice = {
  metadata: ObjectMeta & { labels?: Record<string, string> }
  ports?: { name?: string; port?: number }[] | null
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[] | null
}
