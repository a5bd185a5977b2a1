import { getTenant, getUnit } from '../client/generated/sdk.gen.ts'
import { answer, type Session } from './session.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The id of a tenant by its slug or id. Throws what the plane answers about one that there is not. */
export const tenantId = async (session: Session, tenant: string): Promise<string> =>
  UUID.test(tenant) ? tenant : (await answer(session, getTenant({ client: session.client, path: { tenant } }))).id

/** The id of a unit by its name or id. Throws what the plane answers about one that there is not. */
export const unitId = async (session: Session, unit: string): Promise<string> =>
  UUID.test(unit) ? unit : (await answer(session, getUnit({ client: session.client, path: { unit } }))).id
