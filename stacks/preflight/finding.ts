/** One thing that was looked at; `fix` is what to do about a fault. */
export type Finding = { what: string; found: string; fix?: string }

/** Lines for people; what is wrong comes with what to do. */
export const renderFindings = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ what, found, fix }) => [
    `${fix ? 'MISSING' : 'ok     '}  ${what}: ${found}`,
    ...(fix ? [`         → ${fix}`] : []),
  ])

const sentence = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? ''

/** A check that cannot be made counts as a fault: silence never passes. */
export async function look(what: string, fix: string, check: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await check()].flat()
  } catch (error) {
    return [{ what, found: `cannot be looked at: ${sentence(error)}`, fix }]
  }
}
