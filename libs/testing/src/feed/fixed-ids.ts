import { type Id } from '@cambio/contracts'

/** The ids that the builders use where a test names none, so that what they build fits together. */
export const IDS = {
  organization: 'org_00000000000000000000000000000001' as Id<'organization'>,
  /** Of `anIdp()`: identity provider A. */
  identityProvider: 'idp_0000000000000000000000000000000a' as Id<'identityProvider'>,
  /** Of `anApi()`: orders. */
  api: 'api_00000000000000000000000000000001' as Id<'api'>,
  application: 'app_00000000000000000000000000000001' as Id<'application'>,
  credential: 'crd_00000000000000000000000000000001' as Id<'credential'>,
  secret: 'sec_00000000000000000000000000000001' as Id<'secret'>,
  binding: 'bnd_00000000000000000000000000000001' as Id<'binding'>,
  subscription: 'sub_00000000000000000000000000000001' as Id<'subscription'>,
  adminClient: 'adm_00000000000000000000000000000001' as Id<'adminClient'>,
  signingKey: 'sgk_00000000000000000000000000000001' as Id<'signingKey'>,
  revocation: 'rvk_00000000000000000000000000000001' as Id<'revocation'>,
} as const
