/** A fault with a stable code. Programs read `code`, people read `title` and `detail`. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly retryable: boolean
  readonly title: string
  readonly detail: string | undefined
  readonly fields: readonly FieldFault[]
  /** Further machine-readable members of the answer, for example the operation in the way. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(code: string, definition: ProblemDefinition, particulars: ProblemParticulars = {}) {
    super(particulars.detail ?? definition.title, particulars.cause === undefined ? {} : { cause: particulars.cause })
    this.name = 'Problem'
    this.code = code
    this.status = definition.status
    this.retryable = definition.retryable
    this.title = definition.title
    this.detail = particulars.detail
    this.fields = particulars.fields ?? []
    this.extra = particulars.extra ?? {}
  }
}

/** One faulty place in the input: a JSON pointer, the rule it breaks and a sentence for people. `in` is the body unless said. */
export type FieldFault = { in?: 'body' | 'query' | 'path' | 'header'; pointer: string; rule: string; message: string }
export type ProblemDefinition = { status: number; retryable: boolean; title: string }
export type ProblemParticulars = {
  detail?: string
  fields?: readonly FieldFault[]
  extra?: Readonly<Record<string, unknown>>
  cause?: unknown
}
export type ProblemFactory = (particulars?: ProblemParticulars) => Problem

/** Turns a catalogue of definitions into one factory per code; a code missing from the catalogue does not compile. */
export function defineProblems<Code extends string>(
  catalogue: Readonly<Record<Code, ProblemDefinition>>,
): Readonly<Record<Code, ProblemFactory>> {
  const make = (code: Code): [Code, ProblemFactory] => [
    code,
    (particulars) => new Problem(code, catalogue[code], particulars),
  ]
  return Object.fromEntries((Object.keys(catalogue) as Code[]).map(make)) as Record<Code, ProblemFactory>
}
