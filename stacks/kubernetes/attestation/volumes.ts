import { GUARD } from '../../../control-plane/domain/attestation.ts'
import { listObjects } from '../calls.ts'
import type { KubernetesObject } from '../objects.ts'
import { attempt, controlAllows, looked, mustRefuse, unavailable } from './attempt.ts'
import { dryCreate } from './calls.ts'
import type { Attested, Check } from './context.ts'

type VolumeSpec = { claimRef?: { namespace?: string }; persistentVolumeReclaimPolicy?: string }
const NO_VOLUMES = 'this cluster has no storage class: nothing makes volumes'

const classesOf = ({ reader, link }: Attested) =>
  listObjects(reader, '/apis/storage.k8s.io/v1/storageclasses', { what: 'list storage classes' }, link)

/** Volumes of the unit go with their claims; so do those that its claims could get. */
export const reclaimPolicy: Check = async (attested) => {
  const { reader, ours, link } = attested
  const volumes = await listObjects(reader, '/api/v1/persistentvolumes', { what: 'list volumes' }, link)
  const own = volumes.filter((volume) => specOf(volume).claimRef?.namespace === ours.namespace)
  const classes = await classesOf(attested)
  const kept = own.filter((volume) => specOf(volume).persistentVolumeReclaimPolicy !== 'Delete')
  const keeping = classes.filter((one) => (one['reclaimPolicy'] ?? 'Delete') !== 'Delete')
  const names = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.name).join(', ')
  return [
    looked(
      'probe',
      'volumes of the unit are deleted with their claim',
      kept.length === 0,
      names(kept) || `${own.length} volumes`,
    ),
    looked('probe', 'storage classes delete', keeping.length === 0, names(keeping) || `${classes.length} classes`),
    ...(classes.length + own.length === 0 ? [unavailable('a volume that goes with its claim', NO_VOLUMES)] : []),
  ]
}

const specOf = (volume: KubernetesObject): VolumeSpec => (volume['spec'] as VolumeSpec | undefined) ?? {}

/** A claim gets a volume of its own and cannot name one that exists. */
export const existingVolumes: Check = async (attested) => {
  const { ours, link } = attested
  const { namespace, tenant } = ours
  const classes = await classesOf(attested)
  const claim = (spec: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'steward-probe', namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } }, ...spec },
  })
  const create = (spec: object) => attempt(tenant, dryCreate(claim(spec)), link)
  const guards = ['steward-no-existing-volumes', GUARD.quota]
  const plain = await create({})
  // a plan without storage refuses every claim for its quota, and a tenant without claims takes nobody's volume
  const control =
    plain.guard === GUARD.quota
      ? looked('control', 'the plan grants no claims at all', true, plain.said)
      : controlAllows('a claim that names none', plain)
  return [
    control,
    mustRefuse('a claim that names a volume', guards, await create({ volumeName: 'steward-planted' })),
    mustRefuse(
      'a claim that selects a volume',
      guards,
      await create({ selector: { matchLabels: { planted: 'yes' } } }),
    ),
    mustRefuse('a claim for volumes of no class', guards, await create({ storageClassName: '' })),
    ...(classes.length === 0 ? [unavailable('a claim that gets a volume of its own', NO_VOLUMES)] : []),
  ]
}
