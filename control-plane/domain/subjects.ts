/** What an operation can claim, as text: the kind of thing and its id or name. */
export type Subject = `tenant:${string}` | `unit:${string}` | `region:${string}`
