/** A path inside the container and where it really is on this machine. */
export type Mount = { mountPath: string; realPath: string }

/**
 * A value that is a path below a mount, on this machine: without a file system of its own a pod is told the real place. Other
 * values, also ones that merely contain such a path, stay as they are.
 */
export function rewritePath(value: string, mounts: readonly Mount[]): string {
  const longestFirst = mounts.toSorted((a, b) => b.mountPath.length - a.mountPath.length)
  for (const { mountPath, realPath } of longestFirst) {
    const base = mountPath.replace(/\/+$/, '')
    if (value === base || value === mountPath) return realPath
    if (value.startsWith(`${base}/`)) return realPath + value.slice(base.length)
  }
  return value
}
