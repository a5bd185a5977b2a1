import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { RegionSettings } from '../../../control-plane/domain/region-settings.ts'
import { createRenderer } from '../../../stacks/kubernetes/render.ts'
import type { Estate } from '../../../stacks/local/estate.ts'
import type { Hands } from '../../../workflows/regions/hands.ts'
import { openRegions } from '../../../workflows/regions/regions.ts'
import { toolBinary } from '../../support/kubernetes.ts'

/** The hands of an estate's region, to look with. */
export async function handsOfEstate(estate: Estate): Promise<Hands> {
  const charts = [path.join(import.meta.dirname, '..', '..', '..', 'charts')]
  const regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts }))
  const region = JSON.parse(await readFile(estate.regionFile, 'utf8')) as { name: string; settings: RegionSettings } // the estate wrote it
  return regions.handsOf(region)
}
