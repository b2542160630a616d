import { z } from 'zod'

import { idSchema } from '../ids.js'
import { defineRpc } from './contract.js'

/** `idp-registry` asks before it deletes an identity provider: which applications have bound a client id of it? */
export const listBindings = defineRpc(
  'applications',
  'binding.list-by-identity-provider',
  z.strictObject({ org: idSchema('organization'), identityProvider: idSchema('identityProvider') }),
  z.object({ applications: z.array(z.object({ id: idSchema('application'), name: z.string() })) }),
)

/** A registry whose replica does not know a handle yet asks the owner. Fails with `not_found`. */
export const findOrganization = defineRpc(
  'applications',
  'organization.find',
  z.strictObject({ handle: z.string().max(64) }),
  z.object({ id: idSchema('organization'), handle: z.string(), name: z.string() }),
)
