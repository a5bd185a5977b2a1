import { context, type Span, SpanKind, trace } from '@opentelemetry/api'
import { failSpan } from '../../control-plane/platform/spans.ts'
import type { Hands } from './hands.ts'

type Effect = (...args: unknown[]) => unknown
const isEffect = (value: unknown): value is Effect => typeof value === 'function'

/**
 * The same hands, every call of one a span: `cluster applyOwned`, `databases create`. Only the names of hand and call are
 * kept, because what a call is given names tenants.
 */
export function handsInSpans(hands: Hands): Hands {
  const traced = Object.entries(hands).map(([name, member]) => {
    if (member === null) return [name, null]
    if (isEffect(member)) return [name, inSpans(name, member)]
    const calls = Object.entries(member).map(([call, effect]) => [
      call,
      isEffect(effect) ? inSpans(`${name} ${call}`, (...args) => effect.apply(member, args)) : effect,
    ])
    return [name, Object.fromEntries(calls)]
  })
  return Object.fromEntries(traced) as Hands // member for member as it was
}

/** What answers at once still does. */
const inSpans =
  (name: string, effect: Effect): Effect =>
  (...args) => {
    const span = trace.getTracer('steward').startSpan(name, { kind: SpanKind.CLIENT })
    return context.with(trace.setSpan(context.active(), span), () => {
      try {
        const answer = effect(...args)
        if (answer instanceof Promise) return ended(span, answer)
        span.end()
        return answer
      } catch (error) {
        failSpan(span, error)
        span.end()
        throw error
      }
    })
  }

async function ended(span: Span, answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    failSpan(span, error)
    throw error
  } finally {
    span.end()
  }
}
