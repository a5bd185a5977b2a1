import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'quote.not-found': { status: 404, retryable: false, title: 'No such quote' },
  'quote.unknown': { status: 422, retryable: false, title: 'No such quote' },
  'quote.expired': { status: 409, retryable: false, title: 'The quote has expired' },
  'quote.withdrawn': { status: 409, retryable: false, title: 'The quote was withdrawn' },
  'quote.accepted': { status: 409, retryable: false, title: 'The quote was accepted already' },
  'quote.other-terms': { status: 409, retryable: false, title: 'The quote offers something else' },
  'quote.altered': { status: 409, retryable: false, title: 'The quote is not what was offered' },
})
