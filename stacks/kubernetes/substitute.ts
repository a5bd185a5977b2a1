import { clusterProblems } from './kubernetes.errors.ts'
import type { KubernetesObject } from './objects.ts'

/**
 * Objects rendered once for a placeholder, made real: each placeholder text inside any string value is replaced, the longest
 * first (one may contain another), in one pass (a replacement is never replaced again). Throws `chart.invalid` when a
 * placeholder occurs nowhere: the chart has hashed, cut or left out the value.
 */
export function substitute(
  objects: readonly KubernetesObject[],
  placeholders: Readonly<Record<string, string>>,
): KubernetesObject[] {
  if (Object.keys(placeholders).length === 0) return [...objects]
  const names = Object.keys(placeholders).sort((a, b) => b.length - a.length)
  const pattern = new RegExp(names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
  const seen = new Set<string>()
  const replace = (found: string): string => {
    seen.add(found)
    return placeholders[found] ?? found
  }
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(pattern, replace)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]))
  }
  const replaced = objects.map((object) => walk(object) as KubernetesObject) // same shape, only texts differ
  const missing = names.find((name) => !seen.has(name))
  if (missing !== undefined)
    throw clusterProblems['chart.invalid']({
      detail: `the placeholder ${missing} occurs nowhere in what the chart renders`,
    })
  return replaced
}
