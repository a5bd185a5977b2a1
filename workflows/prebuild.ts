import path from 'node:path'
import { prebuildWorkflows } from './bundle.ts'

// `node workflows/prebuild.ts <folder>`: builds the workflows' bundle for an image, whose workers look for it in workflows/built.
const [folder] = process.argv.slice(2)
if (!folder) throw new Error('usage: prebuild.ts <folder>')
console.log((await prebuildWorkflows(path.resolve(folder))).codePath)
