import { expect, test } from 'vitest'
import { can, decide, effectiveVerbs, isVerb } from '../../control-plane/domain/access.ts'
import cases from './access-decisions.json' with { type: 'json' }

/** Read by people, run through the model. */
test.each(cases.map((one) => [one.why, one] as const))('%s', (_why, { role, token, verb, allowed }) => {
  if (!isVerb(verb)) throw new Error(`${verb} is no verb`)
  const verbs = effectiveVerbs(role, { role: token?.role ?? null, verbs: token?.verbs ?? null })
  expect(decide(can(verb), verbs).allowed).toBe(allowed)
})
