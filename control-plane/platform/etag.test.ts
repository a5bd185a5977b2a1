import { expect, test } from 'vitest'
import { assertIfMatch, etagOf } from './etag.ts'

test.each([undefined, '*', '"7"', ' "7" ', '"6", "7"', etagOf(7)])('If-Match %s fits generation 7', (header) => {
  expect(() => assertIfMatch(header, 7)).not.toThrow()
})

test.each(['"6"', '"8", "9"'])('If-Match %s is stale at generation 7', (header) => {
  expect(() => assertIfMatch(header, 7)).toThrow(
    expect.objectContaining({ code: 'generation.stale', status: 412, extra: { generation: 7 } }),
  )
})

test.each(['7', 'W/"7"', '"x"', '', '"7" "8"', '"7",', '"99999999999999999999"'])(
  'If-Match %j is malformed and named',
  (header) => {
    expect(() => assertIfMatch(header, 7)).toThrow(
      expect.objectContaining({
        code: 'request.invalid',
        status: 400,
        fields: [expect.objectContaining({ in: 'header', pointer: '/if-match' })],
      }),
    )
  },
)
