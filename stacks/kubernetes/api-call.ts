/** One call of the Kubernetes API, apart from where it goes. */
export type ApiCall = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path below the server's address, each part already encoded. */
  path: string
  query?: Readonly<Record<string, string>>
  body?: unknown
  contentType?: string
  accept?: string
  headers?: Readonly<Record<string, string>>
  /** The call for people, for example `apply HTTPRoute cell-a/tenant-acme`. */
  what: string
  /** Keeps the server's sentence out of errors, because it may quote a Secret. */
  confidential?: boolean
}
