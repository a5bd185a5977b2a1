import { Client, Connection } from '@temporalio/client'

export type Temporal = {
  client: Client
  /** Resolves when the server answers. */
  check: () => Promise<unknown>
  close: () => Promise<void>
}

/** A client that connects when it is first used and again after a loss, so that the API starts while Temporal is away. */
export function connectTemporal({ address, namespace }: { address: string; namespace: string }): Temporal {
  const connection = Connection.lazy({ address })
  return {
    client: new Client({ connection, namespace }),
    check: () =>
      connection.withDeadline(Date.now() + 1_500, () => connection.workflowService.describeNamespace({ namespace })),
    close: () => connection.close(),
  }
}
