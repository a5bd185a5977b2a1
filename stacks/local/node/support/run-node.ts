import pino from 'pino'
import { type NodeOptions, startNode } from '../node.ts'

/** A node in a process of its own, so that a test can kill it. */
const options = JSON.parse(process.argv[2] ?? '{}') as Omit<NodeOptions, 'log'> // the test's own argument
await startNode({ ...options, log: pino({ level: 'silent' }) })
