import { describe } from 'vitest'
import { fakeRegion } from '../../test/support/fake-region.ts'
import { handsSuite } from '../../test/support/hands-suite.ts'

describe('the hands that the workflow tests use', () => handsSuite(() => fakeRegion().hands))
