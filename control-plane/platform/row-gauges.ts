import type { BatchObservableResult, Meter } from '@opentelemetry/api'
import type { Database, Tx } from './database.ts'

export type GaugePoint = { value: number; labels: Readonly<Record<string, string>> }
/** What rows say at the time of a scrape. */
export type RowGauge = {
  /** With its unit. */
  name: string
  description: string
  /** Never a tenant among the labels: there are too many, and they are nobody's business who reads metrics. */
  read: (tx: Tx) => Promise<readonly GaugePoint[]>
}

/** Shorter than a scrape may take: without the database the other metrics must still be read. */
const READ_WITHIN_MS = 2_000

/** Gauges read from rows, in one transaction a scrape. While the database does not answer they are absent. */
export function observeRows(
  meter: Meter,
  database: Pick<Database, 'transaction'>,
  gauges: readonly RowGauge[],
  onError: (error: unknown) => void,
): void {
  const instruments = gauges.map(({ name, description }) => meter.createObservableGauge(name, { description }))
  const observe = async (result: BatchObservableResult) => {
    const points = await within(
      database.transaction(async (tx) => {
        const all = []
        for (const gauge of gauges) all.push(await gauge.read(tx))
        return all
      }),
    ).catch(onError)
    points?.forEach((series, index) => {
      const instrument = instruments[index]
      for (const { value, labels } of series) if (instrument) result.observe(instrument, value, labels)
    })
  }
  meter.addBatchObservableCallback(observe, instruments)
}

async function within<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${READ_WITHIN_MS} ms`)), READ_WITHIN_MS)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
    work.catch(() => {}) // a late failure has been reported as a late answer already
  }
}
