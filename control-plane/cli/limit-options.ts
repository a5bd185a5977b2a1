import { InvalidArgumentError, type Command } from 'commander'
import { given, wholeNumber } from './accepted.ts'

/** Limits of a tenant as options give them. */
export type LimitOptions<Limit> = {
  requestsPerSecond?: Limit | undefined
  burst?: Limit | undefined
  statementTimeout?: Limit | undefined
}

/** The part of a body that says limits; nothing where none was given. */
export const limitsOf = <Limit>({ requestsPerSecond, burst, statementTimeout }: LimitOptions<Limit>) => {
  const limits = given({ requestsPerSecond, burst, statementTimeoutMs: statementTimeout })
  return Object.keys(limits).length > 0 ? { limits } : {}
}

/** A limit of its own, or `plan` to take it back; commander makes an empty text of null. */
const limitOrPlan = (text: string): number | 'plan' => {
  if (text === 'plan') return text
  if (/^[1-9][0-9]*$/.test(text)) return wholeNumber(text)
  throw new InvalidArgumentError('It is neither a positive whole number nor "plan".')
}

/** What every command that sells a tenant offers. */
export const withOwnLimits = (command: Command): Command =>
  command
    .option('--requests-per-second <n>', 'instead of what the plan grants', wholeNumber)
    .option('--burst <n>', 'instead of what the plan grants', wholeNumber)
    .option('--statement-timeout <ms>', 'instead of what the plan grants', wholeNumber)

/** What every command that changes limits offers. */
export const withLimits = (command: Command): Command =>
  command
    .option('--requests-per-second <n>', 'instead of what the plan grants; "plan" takes it back', limitOrPlan)
    .option('--burst <n>', 'the same', limitOrPlan)
    .option('--statement-timeout <ms>', 'the same', limitOrPlan)

/** As the API says it: null takes an override back. */
export const withoutPlan = ({
  requestsPerSecond,
  burst,
  statementTimeout,
}: LimitOptions<number | 'plan'>): LimitOptions<number | null> => {
  const orNull = (limit: number | 'plan' | undefined) => (limit === 'plan' ? null : limit)
  return {
    requestsPerSecond: orNull(requestsPerSecond),
    burst: orNull(burst),
    statementTimeout: orNull(statementTimeout),
  }
}
