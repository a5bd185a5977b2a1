/** What a URN of the engine says: `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`. */
export function readUrn(urn: string): { stack: string; project: string; type: string; name: string } {
  const [head = '', project = '', types = '', ...rest] = urn.split('::')
  return {
    stack: head.replace(/^urn:pulumi:/, ''),
    project,
    type: types.split('$').at(-1) ?? '',
    name: rest.join('::'),
  }
}
