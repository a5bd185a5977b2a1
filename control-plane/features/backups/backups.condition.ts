/** Condition of a stack: whether a backup of its database that was seen to restore is young enough. */
export const BACKED_UP = 'BackedUp'
