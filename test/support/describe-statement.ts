import type pg from 'pg'

/** What the server makes of a statement without running it: type OIDs of its parameters, names and type OIDs of its columns. */
export type Described = { parameters: number[]; columns: { name: string; type: number }[] }

/** The part of pg's connection that its types leave out (pg-cursor uses the same). */
type Wire = {
  parse: (query: { name: string; text: string; types: number[] }) => void
  describe: (what: { type: 'S'; name: string }) => void
  sync: () => void
  once: (event: 'parameterDescription', listener: (message: { dataTypeIDs: number[] }) => void) => void
}

/** Parses and describes a statement by the extended protocol. Throws what the server says about it. */
export function describeStatement(client: pg.Client, text: string): Promise<Described> {
  return new Promise((resolve, reject) => {
    const seen: Described = { parameters: [], columns: [] }
    const submittable = {
      submit(connection: Wire) {
        connection.once('parameterDescription', ({ dataTypeIDs }) => (seen.parameters = dataTypeIDs))
        connection.parse({ name: '', text, types: [] })
        connection.describe({ type: 'S', name: '' })
        connection.sync()
      },
      handleRowDescription: ({ fields }: { fields: { name: string; dataTypeID: number }[] }) =>
        void (seen.columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))),
      handleError: reject,
      handleReadyForQuery: () => resolve(seen),
    }
    client.query(submittable as unknown as pg.Submittable) // its declared connection type hides what it is for
  })
}
