/** How the runner tells the provider which target it acts on. */
export const TARGET_URL = 'STEWARD_TARGET_URL'
export const TARGET_TOKEN_FILE = 'STEWARD_TARGET_TOKEN_FILE'
/** The Node that runs the provider: the one on PATH may be older than what runs TypeScript. */
export const PROVIDER_NODE = 'STEWARD_PROVIDER_NODE'
