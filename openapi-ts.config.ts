import { defineConfig } from '@hey-api/openapi-ts'

/** The one client that the command line and the console use; made from the committed document, committed and diffed itself. */
export default defineConfig({
  input: './control-plane/openapi.json',
  output: {
    path: 'control-plane/client/generated',
    module: { extension: '.ts' },
    // Its own types do not pass exactOptionalPropertyTypes; what it exports is typed and checked where it is used.
    header: ['// @ts-nocheck', '// Generated from control-plane/openapi.json by `npm run client`; do not edit.'],
  },
  plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
})
