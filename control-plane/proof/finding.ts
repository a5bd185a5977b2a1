/** What can be wrong with an export, and what that means for people. */
export const FAULTS = {
  malformed: 'this line is not one that an export holds here',
  cut: 'the file ends before its end',
  'wrong-key': 'it is signed by a key that is not among the trusted ones',
  'bad-signature': 'its signature is not one over this text',
  'checkpoint-missing': 'a checkpoint that the chain needs here is not there',
  'checkpoint-edited': 'this checkpoint, or what it says about the streams, was changed',
  'checkpoint-fork': 'another checkpoint was seen at this place before',
  'stream-missing': 'a checkpoint says that this stream has events, the file has none',
  'stream-repeated': 'this stream was already told',
  'wrong-stream': 'this event belongs to another stream',
  missing: 'an event that the chain needs here is not there',
  duplicated: 'this event is here twice',
  fork: 'another event was seen at this place',
  edited: 'its text or hash is not what was written, or it was put in here',
  altered: 'the columns it is searched by were changed in the database',
  'personal-edited': 'a personal value beside it is not the one that was written',
  rehashed: 'it was replaced together with its hashes: a signed checkpoint knows another event',
  unsigned: 'no signed checkpoint knows this event: it was added, or the plane refused to sign it',
  truncated: 'a signed checkpoint knows events after the last one here',
} as const
export type Fault = keyof typeof FAULTS

/** The first place at which an export is not what was written. */
export type Finding = {
  fault: Fault
  message: string
  /** Line of the file, from 1. */
  line: number
  file: string
  stream: string | null
  /** Place in the stream, or number of the checkpoint where `stream` is null. */
  sequence: number | null
  /** `rehashed`: the first bad event is one of `sequence` to `through`; signed checkpoints know no closer. */
  through: number | null
  eventId: string | null
}

/** Thrown inside the verifier; carries what was found. */
export class Found extends Error {
  readonly at: Pick<Finding, 'fault'> & Partial<Finding>
  constructor(fault: Fault, at: Partial<Omit<Finding, 'fault' | 'message'>> = {}) {
    super(FAULTS[fault])
    this.at = { ...at, fault }
  }
}
