import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CLAUSE_IDS, type ClauseId } from '../../control-plane/domain/contract.ts'

/** The chart of notes as it is. */
export const SOUND = 'notes'
type Change = readonly [file: string, from: string, to: string]
export type Broken = { clause: ClauseId; changes: readonly Change[]; needs?: readonly ClauseId[] }

const [TRACK, PARTS] = ['_track.tpl', '_parts.tpl']
/** What cannot be rendered leaves the other clauses of the chart open. */
const OTHERS = CLAUSE_IDS.filter((id) => id.startsWith('chart.') && id !== 'chart.pure')

/** The chart of notes with one thing changed: by name, with the clause that it breaks. */
export const BROKEN_CHARTS = {
  'rolls-dice': {
    clause: 'chart.pure',
    changes: [[TRACK, 'progressDeadlineSeconds: 300', 'progressDeadlineSeconds: {{ randNumeric 3 }}']],
    needs: OTHERS,
  },
  'has-no-service': { clause: 'chart.names', changes: [['service.yaml', '"name" "notes"', '"name" "front"']] },
  'labels-no-component': {
    clause: 'chart.labels',
    changes: [
      [
        TRACK,
        'template:\n    metadata:\n      labels:\n        {{- include "notes.labels" (dict "values" .values "tenant" "none") | nindent 8 }}',
        'template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: notes',
      ],
    ],
  },
  'runs-as-somebody': {
    clause: 'chart.account',
    changes: [[PARTS, 'serviceAccountName: product', 'serviceAccountName: notes']],
  },
  'pins-its-image': {
    clause: 'chart.image',
    changes: [[PARTS, '"%s:%s" .values.image.repository .version', '"notes:%s" .version']],
  },
  'splits-evenly': {
    clause: 'chart.canary',
    changes: [['route.yaml', 'weight: {{ .Values.canary.weight }}', 'weight: 50']],
  },
  'knows-no-silo': { clause: 'chart.tenancy', changes: [[TRACK, '{{ .values.tenancy.mode | quote }}', '"pool"']] },
  'has-its-own-secret': {
    clause: 'chart.database',
    changes: [[PARTS, 'name: {{ .values.database.secret | quote }}', 'name: "database"']],
  },
  'mounts-nothing': {
    clause: 'chart.tenants-file',
    changes: [[TRACK, 'name: {{ .values.tenants.configMap | quote }}', 'name: "tenants"']],
  },
  'probes-its-root': { clause: 'chart.probes', changes: [[TRACK, 'path: /readyz', 'path: /']] },
  'only-expands': {
    clause: 'chart.migration',
    changes: [['migration.yaml', '- {{ .Values.migration.phase | quote }}', '- expand']],
  },
  'has-its-own-gateway': {
    clause: 'chart.route',
    changes: [['route.yaml', '- name: {{ .Values.gateway.name | quote }}', '- name: "steward"']],
  },
} as const satisfies Record<string, Broken>
export type BrokenChart = keyof typeof BROKEN_CHARTS

/** A folder with a copy of the chart for each of them. */
export async function brokenCharts(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-broken-charts-'))
  const sound = path.join(import.meta.dirname, 'charts', SOUND)
  await cp(sound, path.join(folder, SOUND), { recursive: true })
  for (const [name, { changes }] of Object.entries(BROKEN_CHARTS)) {
    await cp(sound, path.join(folder, name), { recursive: true })
    for (const [file, from, to] of changes) {
      const at = path.join(folder, name, 'templates', file)
      const text = await readFile(at, 'utf8')
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}: nothing would be broken`)
      await writeFile(at, text.replaceAll(from, to))
    }
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
