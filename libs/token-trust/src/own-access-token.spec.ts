import { describe, expect, it } from 'vitest'

import { OwnTokenPolicy, verifyOwnAccessToken } from './own-access-token.js'
import { acceptKeySet } from './key-set.js'
import { aToken, now } from './testing/gate.js'
import { aSigningKey } from './testing/signing-keys.js'

const key = aSigningKey('own-1', 'ES256')
const { keys } = acceptKeySet({ keys: [key.jwk] })
const policy = new OwnTokenPolicy('https://cambio.test', 'urn:cambio:admin')

const verify = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, known: typeof keys | undefined = keys) =>
  verifyOwnAccessToken(
    aToken({
      key,
      header: { typ: 'at+jwt', ...header },
      claims: {
        iss: 'https://cambio.test',
        aud: ['urn:cambio:admin'],
        client_id: 'cambio-admin',
        scope: 'orgs:read  idps:write',
        ...claims,
      },
    }),
    policy,
    known,
    now,
  )

const reasonOf = async (...args: Parameters<typeof verify>) => {
  const outcome = await verify(...args)
  return outcome.ok ? 'accepted' : outcome.rejection
}

describe('own access tokens (RFC 9068 §4)', () => {
  it('are accepted with client id and scopes', async () => {
    const outcome = await verify()
    expect(outcome).toMatchObject({
      ok: true,
      token: { clientId: 'cambio-admin', subject: 'user-1', kind: 'access_token', keyId: 'own-1' },
    })
    expect(outcome.ok && outcome.token.scopes).toEqual(new Set(['orgs:read', 'idps:write']))
    const bare = await verify({ scope: undefined })
    expect(bare.ok && bare.token.scopes).toEqual(new Set())
  })

  it('must be for the one audience alone', async () => {
    for (const aud of [['urn:cambio:admin', 'urn:t1:orders'], ['urn:t1:orders'], 'urn:cambio:admin']) {
      expect(await reasonOf({ aud })).toEqual({ reason: 'audience_not_allowed' })
    }
  })

  it('must be at+jwt, from our issuer, and name their key', async () => {
    expect(await reasonOf({}, { typ: 'JWT' })).toMatchObject({ reason: 'wrong_kind' })
    expect(await reasonOf({}, { typ: undefined })).toMatchObject({ reason: 'wrong_kind' })
    expect(await reasonOf({ iss: 'https://cambio.test/' })).toEqual({ reason: 'issuer_mismatch' })
    expect(await reasonOf({}, { kid: undefined })).toEqual({ reason: 'key.kid_required' })
    expect(await reasonOf({}, { kid: 'other' })).toEqual({ reason: 'key.unknown_kid' })
  })

  it('must name their client, and scopes as a text', async () => {
    for (const client_id of [undefined, '', 1])
      expect(await reasonOf({ client_id })).toEqual({ reason: 'required_claim_not_met', detail: 'client_id' })
    for (const scope of [['orgs:read'], 1, null])
      expect(await reasonOf({ scope })).toEqual({ reason: 'required_claim_not_met', detail: 'scope' })
  })

  it('cannot be decided before signing keys are known', async () => {
    expect(await verifyOwnAccessToken(aToken({ key, header: { typ: 'at+jwt' } }), policy, undefined, now)).toEqual({
      ok: false,
      undecided: { reason: 'key.set_unavailable' },
    })
  })
})
