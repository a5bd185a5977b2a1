import type { StackSize } from '../stack-program.ts'

/** What a stack of a size consists of; storage in GiB. Nodes are x86-64, as the product's images; a database is ours to choose. */
export type AwsSize = {
  nodes: { instanceType: string; least: number; most: number; diskGib: number }
  database: { instanceClass: string; storageGib: number; mostStorageGib: number }
}

export const AWS_SIZES: Readonly<Record<StackSize, AwsSize>> = {
  small: {
    nodes: { instanceType: 'm7i.large', least: 2, most: 4, diskGib: 50 },
    database: { instanceClass: 'db.m7g.large', storageGib: 100, mostStorageGib: 500 },
  },
  medium: {
    nodes: { instanceType: 'm7i.xlarge', least: 3, most: 9, diskGib: 100 },
    database: { instanceClass: 'db.m7g.xlarge', storageGib: 400, mostStorageGib: 2000 },
  },
  large: {
    nodes: { instanceType: 'm7i.2xlarge', least: 3, most: 18, diskGib: 100 },
    database: { instanceClass: 'db.r7g.2xlarge', storageGib: 400, mostStorageGib: 8000 },
  },
}
