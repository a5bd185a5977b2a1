import type { LabelSelector, Operator } from './policy-types.ts'

type Labels = Readonly<Record<string, string>>
type Holds = (labels: Labels, key: string, values: readonly string[]) => boolean

/** As Kubernetes reads them: a label that is not there is `NotIn` any values. */
const OPERATORS: Readonly<Record<Operator, Holds>> = {
  In: (labels, key, values) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? ''),
  NotIn: (labels, key, values) => !Object.hasOwn(labels, key) || !values.includes(labels[key] ?? ''),
  Exists: (labels, key) => Object.hasOwn(labels, key),
  DoesNotExist: (labels, key) => !Object.hasOwn(labels, key),
}

/** Whether a selector takes an object with these labels. An empty selector takes everything. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
  matchExpressions.every(({ key, operator, values = [] }) => OPERATORS[operator](labels, key, values))
