/** Input of `tenant.move`: which move it carries out; everything else is in the row of that. */
export type MoveInput = { moveId: string; generation: number }
