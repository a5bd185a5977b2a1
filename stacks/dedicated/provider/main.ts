import { flushCompileCache } from 'node:module'
import { log } from '@pulumi/pulumi'
import { main } from '@pulumi/pulumi/provider/index.js'
import { resetOptions } from '@pulumi/pulumi/runtime/settings.js'
import { stewardProvider } from './provider.ts'
import { createTargetClient } from './target-client.ts'
import { TARGET_TOKEN_FILE, TARGET_URL } from './target-settings.ts'

// The engine starts this program, tells it where to report, and hands it the environment that the runner made for both.
const engine = process.argv.slice(2).findLast((argument) => /^[\w.]+:\d+$/.test(argument)) ?? ''
resetOptions('', '', 1, engine, '', false, '')

const client = createTargetClient({
  url: process.env[TARGET_URL] ?? '',
  tokenFile: process.env[TARGET_TOKEN_FILE] ?? '',
})
const say = (message: string): void => void log.info(message, undefined, undefined, true)
flushCompileCache() // the engine ends this program by force, which keeps nothing
await main(stewardProvider({ client, say }), process.argv.slice(2))
