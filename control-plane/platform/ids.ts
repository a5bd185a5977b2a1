import { v7 } from 'uuid'

/** A new uuid version 7 (RFC 9562): ids sort by time of creation, which keeps index pages warm. */
export const newId = (): string => v7()
