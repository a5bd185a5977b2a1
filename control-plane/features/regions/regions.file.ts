import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { RegionFile } from './regions.schema.ts'

const validate = new Ajv({ allErrors: true, strict: false }).compile<RegionFile>(RegionFile)

/** Reads and checks the file that STEWARD_REGION_FILE names. Throws one error that lists every fault with its place. */
export async function readRegionFile(path: string): Promise<RegionFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`STEWARD_REGION_FILE names ${path}, which cannot be read`, { cause })
  })
  const value = parse(text, path)
  if (validate(value)) return value
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `  - ${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  )
  throw new Error(`STEWARD_REGION_FILE names ${path}, which breaks its schema:\n${faults.join('\n')}`)
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`STEWARD_REGION_FILE names ${path}, which is not JSON`, { cause })
  }
}
