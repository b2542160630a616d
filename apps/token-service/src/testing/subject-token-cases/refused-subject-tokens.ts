import { type IdentityProviderValue } from '@cambio/contracts'
import { anIdp, type IDS, keyA, keyB, type TestKey, testKey } from '@cambio/testing'

import { claimsCases, LISTED_TENANT } from './claims.cases.js'
import { signatureCases, weakKey } from './signature.cases.js'
import { structureCases } from './structure.cases.js'
import { type SubjectTokenCase } from './subject-token-case.js'

/** The plain cases of the catalogue that an exchange refuses, each for its own reason and all with the same answer. */
export const refusedSubjectTokens: readonly SubjectTokenCase[] = [...structureCases, ...signatureCases, ...claimsCases]

export interface Registration {
  readonly id: typeof IDS.identityProvider
  readonly value: IdentityProviderValue
  readonly keys: readonly TestKey[]
}

const registrations: readonly (readonly [overrides: Partial<IdentityProviderValue>, keys: readonly TestKey[]])[] = [
  [
    { name: 'two-keys', issuer: 'https://two-keys.test', allowedAlgorithms: ['RS256', 'ES256', 'ES384'] },
    [keyA(), keyB(), testKey('ES384', { name: 'p384' }), weakKey()],
  ],
  [{ name: 'id-tokens', issuer: 'https://id-tokens.test', acceptedTokenTypes: ['id_token'] }, [keyA()]],
  [{ name: 'cognito', type: 'cognito', issuer: 'https://cognito.test' }, [keyA()]],
  [
    { name: 'microsoft', type: 'microsoft', issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0', tenants: [LISTED_TENANT] },
    [keyA()],
  ],
  [{ name: 'required', issuer: 'https://required.test', requiredClaims: { repository_owner: 'acme' } }, [keyA()]],
  [{ name: 'condition', issuer: 'https://condition.test', condition: 'true' }, [keyA()]],
  [{ name: 'github', issuer: 'https://token.actions.githubusercontent.com' }, [keyA()]],
]

/** The identity providers that the cases speak of besides A and B. */
export const registrationsOfCases: readonly Registration[] = registrations.map(([overrides, keys], index) => ({
  id: `idp_000000000000000000000000000000c${index}` as typeof IDS.identityProvider,
  value: anIdp(overrides),
  keys,
}))
