import { fileURLToPath } from 'node:url'

/** Root of this checkout: where the programs of api and worker are. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Sources of the product images that the node runs. */
export const IMAGES = fileURLToPath(new URL('./images', import.meta.url))
