import { readArchive, type Manifest } from './archive.ts'
import { linesOf } from './lines.ts'
import { openSealed } from './open-sealed.ts'
import { verifyExports, type Verdict } from './verify-export.ts'

type Bytes = AsyncIterable<Uint8Array>
export type VerifiedArchive = { manifest: Manifest; audit: Verdict }

/**
 * Verifies a tenant's sealed export without a plane: that every byte is what was sealed, every section what was written, and the
 * audit record in it what happened. `source` is read twice. Throws `ArchiveFault`; what is wrong with the record is its verdict.
 */
export async function verifyArchive(
  source: () => Bytes,
  dataKey: Uint8Array,
  anchors: readonly string[] = [],
): Promise<VerifiedArchive> {
  const manifest = await readArchive(linesOf(openSealed(source(), dataKey)))
  const file = { name: 'the audit record of the export', lines: auditOf(linesOf(openSealed(source(), dataKey))) }
  return { manifest, audit: await verifyExports([file], anchors) }
}

/** Of an archive that was read to its end before: nothing is checked again. */
async function* auditOf(lines: AsyncIterable<readonly string[]>): AsyncGenerator<readonly string[]> {
  let isAudit = false
  for await (const batch of lines) {
    const kept: string[] = []
    for (const line of batch) {
      if (line.startsWith('+')) {
        if (isAudit) kept.push(line.slice(1))
      } else isAudit = line === '{"type":"section","name":"audit"}'
    }
    yield kept
  }
}
