import { type SubjectTokenType } from '@cambio/oauth'
import { describe, expect, it } from 'vitest'

import { accepted, aToken, gate, rejectionOf } from './testing/gate.js'
import { type ProviderType } from './provider-presets.js'

type Claims = Record<string, unknown>

const kindOf = async (type: ProviderType, declaredType: SubjectTokenType, claims: Claims, header: Claims = {}, more: object = {}) => {
  const outcome = await gate(aToken({ claims, header }), { policy: { type, ...more }, declaredType })
  return outcome.ok ? outcome.token.kind : outcome.rejection?.reason
}

/** For each provider a payload of an access token and one of an ID token, as its documentation shows them. */
const tokens: readonly [ProviderType, access: Claims, id: Claims][] = [
  ['okta', { cid: '0oa1', scp: ['openid'], uid: '00u1', ver: 1 }, { ver: 1, amr: ['pwd'], idp: '00o1', nonce: 'n' }],
  ['microsoft', { ver: '2.0', scp: 'access', azp: 'app' }, { ver: '2.0', nonce: 'n', roles: ['admin'] }],
  ['microsoft', { ver: '2.0', roles: ['admin'], azp: 'app' }, { ver: '2.0', roles: ['admin'], preferred_username: 'a@b.test' }],
  ['microsoft', { ver: '2.0', roles: ['admin'], azp: 'app' }, { ver: '2.0', roles: ['admin'], azp: 'app', at_hash: 'h' }],
  ['microsoft', { ver: '1.0', roles: ['admin'], appid: 'app' }, { ver: '1.0', upn: 'a@b.test' }],
  ['auth0', { scope: 'openid read', azp: 'app' }, { nickname: 'n', sid: 's' }],
  ['auth0', { gty: 'client-credentials', azp: 'app' }, { nonce: 'n' }],
  ['asgardeo', { aut: 'APPLICATION_USER', client_id: 'app' }, { at_hash: 'h', azp: 'app' }],
  ['wso2', { aut: 'APPLICATION', azp: 'app' }, { at_hash: 'h', azp: 'app' }],
  ['keycloak', { typ: 'Bearer', azp: 'app' }, { typ: 'ID', azp: 'app' }],
  ['cognito', { token_use: 'access', aud: undefined, client_id: 'api://cambio' }, { token_use: 'id' }],
]

describe.each(tokens)('tokens of %s', (type, access, id) => {
  it('pass as what they are declared to be (TE-02)', async () => {
    expect(await kindOf(type, 'access_token', access, { typ: 'JWT' })).toBe('access_token')
    expect(await kindOf(type, 'access_token', access)).toBe('access_token')
    expect(await kindOf(type, 'id_token', id, { typ: 'JWT' })).toBe('id_token')
  })

  it('do not pass as the other kind (ST-34)', async () => {
    expect(await kindOf(type, 'access_token', id)).toBe('wrong_kind')
    expect(await kindOf(type, 'id_token', access)).toBe('wrong_kind')
  })

  it('pass as jwt if the registration accepts their kind', async () => {
    const onlyAccess = { acceptedTokenTypes: ['jwt', 'access_token'] }
    const onlyId = { acceptedTokenTypes: ['jwt', 'id_token'] }
    expect(await kindOf(type, 'jwt', access, {}, onlyAccess)).toBe('access_token')
    expect(await kindOf(type, 'jwt', id, {}, onlyAccess)).toBe('wrong_kind')
    expect(await kindOf(type, 'jwt', id, {}, onlyId)).toBe('id_token')
    expect(await kindOf(type, 'jwt', access, {}, onlyId)).toBe('wrong_kind')
    expect(await kindOf(type, 'jwt', access, {}, { acceptedTokenTypes: ['jwt'] })).toBe('access_token')
    expect(await kindOf(type, 'jwt', id, {}, { acceptedTokenTypes: ['jwt'] })).toBe('id_token')
  })

  it('pass as access token when the header says at+jwt, and then never as ID token (ST-34)', async () => {
    expect(await kindOf(type, 'access_token', access, { typ: 'at+jwt' })).toBe('access_token')
    expect(await kindOf(type, 'id_token', access, { typ: 'at+jwt' })).toBe('wrong_kind')
    expect(await kindOf(type, 'id_token', id, { typ: 'at+jwt' })).toBe('wrong_kind')
  })
})

describe('tokens of a provider without a mark', () => {
  it('are access tokens by at+jwt alone (RFC 9068 §2.1)', async () => {
    expect(await kindOf('generic', 'access_token', {}, { typ: 'at+jwt' })).toBe('access_token')
    expect(await kindOf('generic', 'access_token', {}, { typ: 'JWT' })).toBe('wrong_kind')
    expect(await kindOf('generic', 'access_token', { scope: 'read' })).toBe('wrong_kind')
    expect(await kindOf('google', 'access_token', {})).toBe('wrong_kind')
  })

  it('pass as jwt by their audience', async () => {
    expect(await kindOf('generic', 'jwt', {}, {}, { acceptedTokenTypes: ['jwt', 'access_token'] })).toBe('jwt')
    expect(await kindOf('generic', 'jwt', {}, { typ: 'at+jwt' }, { acceptedTokenTypes: ['jwt', 'access_token'] })).toBe('access_token')
    expect(await kindOf('generic', 'jwt', {}, {}, { acceptedTokenTypes: undefined })).toBe('jwt')
  })

  it('pass as ID token unless the header says at+jwt', async () => {
    expect(await kindOf('google', 'id_token', { hd: 'acme.test' })).toBe('id_token')
    expect(await kindOf('generic', 'id_token', {}, { typ: 'at+jwt' })).toBe('wrong_kind')
  })
})

describe('a mark that the registration names', () => {
  const marked = { claims: { accessTokenMark: 'token_kind' } }

  it('tells the kinds of a generic provider apart', async () => {
    expect(await kindOf('generic', 'access_token', { token_kind: 'at' }, {}, marked)).toBe('access_token')
    expect(await kindOf('generic', 'id_token', { token_kind: 'at' }, {}, marked)).toBe('wrong_kind')
    expect(await kindOf('generic', 'access_token', {}, {}, marked)).toBe('wrong_kind')
    expect(await kindOf('generic', 'jwt', {}, {}, { ...marked, acceptedTokenTypes: ['jwt', 'access_token'] })).toBe('wrong_kind')
  })

  it.each([null, false, ''])('is not set by %j', async (value) => {
    expect(await kindOf('generic', 'access_token', { token_kind: value }, {}, marked)).toBe('wrong_kind')
  })

  it('counts in place of the preset', async () => {
    expect(await kindOf('okta', 'access_token', { cid: 'app' }, {}, marked)).toBe('wrong_kind')
    expect(await kindOf('okta', 'access_token', { token_kind: 'at' }, {}, marked)).toBe('access_token')
  })
})

describe('the declared type', () => {
  it.each(['jwt', 'id_token', 'access_token'] as const)('%s must be one that the registration accepts (TE-02)', async (declaredType) => {
    const others = (['jwt', 'id_token', 'access_token'] as const).filter((type) => type !== declaredType)
    const token = aToken({ header: { typ: declaredType === 'access_token' ? 'at+jwt' : 'JWT' } })
    expect((await accepted(token, { declaredType })).subject).toBe('user-1')
    expect(await rejectionOf(token, { declaredType, policy: { acceptedTokenTypes: others } })).toBe('type_not_accepted')
  })

  it('is jwt or access_token unless the registration says more', async () => {
    expect(await rejectionOf(aToken(), { declaredType: 'id_token', policy: { acceptedTokenTypes: undefined } })).toBe('type_not_accepted')
  })
})

describe('tokens of other kinds', () => {
  it.each(['Refresh', 'Offline', 'Logout', 'DPoP', 'Action', 1])('of Keycloak (typ %j) pass as nothing', async (typ) => {
    for (const declaredType of ['jwt', 'id_token', 'access_token'] as const) {
      expect(await kindOf('keycloak', declaredType, { typ })).toBe('wrong_kind')
      if (declaredType !== 'id_token') expect(await kindOf('keycloak', declaredType, { typ }, { typ: 'at+jwt' })).toBe('wrong_kind')
    }
  })

  it('are logout tokens, also without a typ of their own', async () => {
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    for (const declaredType of ['jwt', 'id_token', 'access_token'] as const) {
      expect(await kindOf('generic', declaredType, { events })).toBe('not_a_subject_token')
    }
    expect(await kindOf('generic', 'jwt', { events: ['signup'] })).toBe('jwt')
    expect(await kindOf('generic', 'jwt', { events: { signup: 1 } })).toBe('jwt')
    expect(await kindOf('generic', 'jwt', { events: null })).toBe('jwt')
  })
})

describe('Cognito', () => {
  it('has its access tokens matched by client id, and only those (ST-22)', async () => {
    const access = { token_use: 'access', aud: undefined, client_id: 'api://cambio' }
    expect(await kindOf('cognito', 'access_token', access)).toBe('access_token')
    expect(await kindOf('cognito', 'access_token', { ...access, client_id: 'other' })).toBe('audience_not_allowed')
    expect(await kindOf('cognito', 'access_token', { ...access, client_id: undefined })).toBe('audience_missing')
    expect(await kindOf('cognito', 'access_token', { ...access, aud: 'other' })).toBe('audience_not_allowed')
    expect(await kindOf('cognito', 'id_token', { ...access, token_use: 'id' })).toBe('audience_missing')
  })
})
