/** What an instance may use, as its plan says: quota and limit ranges of its namespace, connections of its product's login. */
export type Compute = {
  /** Sum of the pods' CPU limits, in thousandths of a core. */
  cpuMillis: number
  /** Sum of the pods' memory limits. */
  memoryMib: number
  /** Sum of the pods' limits on local scratch space. */
  ephemeralMib: number
  /** Volumes asked for, together; 0: none. */
  storageMib: number
  pods: number
  /** ConfigMaps, and as many Secrets, each. */
  objects: number
  /** Connections that the product's own login may hold at the database cluster. */
  connections: number
}
