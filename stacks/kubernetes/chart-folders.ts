import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { clusterProblems } from './kubernetes.errors.ts'

/** One DNS label: a name of a chart can be nothing but a folder directly inside a chart folder. */
const CHART_NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/

/**
 * The folder of a chart by its name: the first of the chart folders that has it, so that charts of the plane, which come first,
 * cannot be replaced. Throws `chart.invalid` for a name that is none, a chart that is nowhere, and a link that leads elsewhere.
 */
export async function findChart(folders: readonly string[], name: string): Promise<string> {
  if (!CHART_NAME.test(name) || name.length > 63)
    throw clusterProblems['chart.invalid']({
      detail: `"${name}" is not the name of a chart: one label, for example notes`,
    })
  for (const folder of folders) {
    const chart = path.join(folder, name)
    if (!(await isFile(path.join(chart, 'Chart.yaml')))) continue
    const [real, within] = await Promise.all([realpath(chart), realpath(folder)])
    if (path.dirname(real) === within) return chart
    throw clusterProblems['chart.invalid']({ detail: `the chart ${name} at ${chart} is a link that leads elsewhere` })
  }
  throw clusterProblems['chart.invalid']({
    detail: `no chart is called ${name} in ${folders.join(', ')}: put its folder into one of the worker's STEWARD_CHARTS`,
  })
}

const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
