/** Told by whoever looks: in which way, and how much was looked at. */
export type Tally = (means: string, looked: number) => void
export const untallied: Tally = () => {}

/** Something that a removal should have taken away: its kind, its name, and where it was found (cluster, database, file). */
export type Leftover = { kind: string; name: string; where: string }
