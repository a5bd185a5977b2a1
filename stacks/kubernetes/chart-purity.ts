import { readFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Whatever makes two renders of the same values differ: the cluster, chance, the clock, the network, how helm was called; and
 * `tpl`, which runs what cannot be read here. A field or a variable of such a name is none.
 */
const IMPURE =
  /(?<![.$\w-])(tpl|lookup|now|ago|date|dateInZone|dateModify|date_in_zone|date_modify|htmlDate|htmlDateInZone|unixEpoch|rand\w*|shuffle|uuidv4|gen\w+|htpasswd|bcrypt|derivePassword|encryptAES|buildCustomCert|getHostByName|env|expandenv)\b|[.](Capabilities|Release|Files)\b/

/** Uses of forbidden functions, as `line: text`; comments are not looked at. */
export function impuritiesOf(template: string): string[] {
  const code = template.replaceAll(/\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g, (comment) => comment.replaceAll(/[^\n]/g, ''))
  const faults = new Set<string>()
  for (const { 0: action, index } of code.matchAll(/\{\{[\s\S]*?\}\}/g)) {
    action.split('\n').forEach((part, further) => {
      if (IMPURE.test(part.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '""'))) faults.add(lineAt(code, index, further))
    })
  }
  return [...faults]
}

function lineAt(text: string, index: number, further: number): string {
  const line = text.slice(0, index).split('\n').length + further
  return `${line}: ${(text.split('\n')[line - 1] ?? '').trim()}`
}

/** Helm follows a reference out of the schema, over the network if need be. */
const FOREIGN_REFERENCE = /"\$ref"\s*:\s*"(?!#)/

/**
 * What of a chart would make its renders differ, as `file:line: text`. `files` are paths inside `folder`; subcharts are judged with
 * it, because helm renders them with it; packed ones cannot be.
 */
export async function chartImpurities(folder: string, files: readonly string[]): Promise<string[]> {
  const packed = files.filter((file) => /\.(tgz|tar\.gz)$/.test(file)).map((file) => `${file}: a packed subchart`)
  const found = await Promise.all(
    files.map(async (file) => faultsIn(file, () => readFile(path.join(folder, file), 'utf8'))),
  )
  return [...packed, ...found.flat()]
}

async function faultsIn(file: string, text: () => Promise<string>): Promise<string[]> {
  if (path.basename(file) === 'values.schema.json')
    return FOREIGN_REFERENCE.test(await text()) ? [`${file}: a $ref that leads out of the file`] : []
  const rendered = file.split(path.sep).includes('templates') && !file.endsWith('NOTES.txt')
  return rendered ? impuritiesOf(await text()).map((fault) => `${file}:${fault}`) : []
}
