/** Something that a removal should have taken away: its kind, its name, and where it was found (cluster, database, file). */
export type Leftover = { kind: string; name: string; where: string }
