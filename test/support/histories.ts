import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

export const HISTORIES = path.join(import.meta.dirname, '..', 'histories')

export type RecordedHistory = { workflowId: string; history: never }
type Proto = { lookupType: (name: string) => unknown }
type ProtoJson = { fromJson: (type: unknown, json: unknown, options: object) => unknown }

/**
 * The SDK reads such files itself where npm gave its packages one copy of protobufjs. Here another package holds an older one
 * at the top, so each has its own, and types of one copy are strangers to the other: read with the copy that made them.
 */
const toSdk = createRequire(import.meta.url)
const toProto = createRequire(toSdk.resolve('@temporalio/proto'))
const { patchProtobufRoot } = toProto('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot: (root: unknown) => Proto
}
const { fromJson } = toProto('protobufjs/ext/protojson') as ProtoJson
const historyType = patchProtobufRoot(toProto('@temporalio/proto')).lookupType('temporal.api.history.v1.History')

/** Names of the recorded histories, `<workflow type>.<case>.<label>.json`. */
export const recordedHistories = async (): Promise<string[]> =>
  (await readdir(HISTORIES)).filter((file) => file.endsWith('.json')).toSorted()

/** A recorded history as the replayer takes it. */
export async function readHistory(file: string): Promise<RecordedHistory> {
  const json: unknown = JSON.parse(await readFile(path.join(HISTORIES, file), 'utf8'))
  return { workflowId: file, history: fromJson(historyType, json, { ignoreUnknownFields: true }) as never } // the SDK names no type for it
}
