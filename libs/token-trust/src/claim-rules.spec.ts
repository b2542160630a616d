import { describe, expect, it } from 'vitest'

import { accepted, aToken, audienceA, gate, issuerA, now, rejectionOf, someClaims } from './testing/gate.js'
import { type IssuerPolicy } from './trusted-issuer.js'

type Claims = Record<string, unknown>

const reasonFor = (claims: Claims, policy?: Partial<IssuerPolicy>) => rejectionOf(aToken({ claims }), policy && { policy })
const acceptedWith = (claims: Claims, policy?: Partial<IssuerPolicy>) => accepted(aToken({ claims }), policy && { policy })

/** A payload in which one member is written as text, for numbers that JSON.stringify cannot write. */
const rawWith = (name: string, text: string) =>
  aToken({ rawPayload: `${JSON.stringify(someClaims({ [name]: undefined })).slice(0, -1)},"${name}":${text}}` })

describe('exp', () => {
  it.each(['"1800000600"', 'null', '[]', '[1800000600]', '{}', 'true', 'false', '1e999', '-1e999', '1e20', '-1', '8640000000001'])(
    'rejects %s (ST-16)',
    async (text) => {
      expect(await rejectionOf(rawWith('exp', text))).toBe('expiry_invalid')
    },
  )

  it('rejects NaN, which is no JSON (ST-16)', async () => {
    expect(await rejectionOf(rawWith('exp', 'NaN'))).toBe('bad_json')
  })

  it('is required, whatever the registration says', async () => {
    expect(await reasonFor({ exp: undefined })).toBe('expiry_missing')
    expect(await reasonFor({ exp: undefined }, { maxTokenAgeSeconds: null })).toBe('expiry_missing')
  })

  it('is honoured with a skew of 30 s (ST-17)', async () => {
    expect((await acceptedWith({ exp: now - 29, iat: now - 100 })).expiresAtSeconds).toBe(now - 29)
    expect(await reasonFor({ exp: now - 30, iat: now - 100 })).toBe('expired')
    expect(await reasonFor({ exp: now - 31, iat: now - 100 })).toBe('expired')
    expect(await reasonFor({ exp: now - 1, iat: now - 100 }, { clockSkewSeconds: 0 })).toBe('expired')
    expect(await reasonFor({ exp: 0, iat: 0 })).toBe('expired')
  })

  it('may be a fraction', async () => {
    expect((await acceptedWith({ exp: now - 29.5, iat: now - 100.25 })).expiresAtSeconds).toBe(now - 29.5)
  })

  it('may lie at most 24 h after iat', async () => {
    expect((await acceptedWith({ iat: now, exp: now + 86_400 })).subject).toBe('user-1')
    expect(await reasonFor({ iat: now, exp: now + 86_401 })).toBe('lifetime_too_long')
    expect(await reasonFor({ iat: now, exp: now + 601 }, { maxTokenLifetimeSeconds: 600 })).toBe('lifetime_too_long')
  })

  it('may lie at most 24 h ahead of a token without iat', async () => {
    const policy = { maxTokenAgeSeconds: null }
    expect((await acceptedWith({ iat: undefined, exp: now + 86_400 }, policy)).subject).toBe('user-1')
    expect(await reasonFor({ iat: undefined, exp: now + 86_401 }, policy)).toBe('lifetime_too_long')
  })
})

describe('iat', () => {
  it('may lie 30 s ahead and no more (ST-19)', async () => {
    expect((await acceptedWith({ iat: now + 30 })).issuedAtSeconds).toBe(now + 30)
    expect(await reasonFor({ iat: now + 31 })).toBe('issued_in_future')
  })

  it('may not lie after exp (ST-19)', async () => {
    expect(await reasonFor({ iat: now + 20, exp: now + 10 })).toBe('issued_after_expiry')
    expect(await reasonFor({ iat: now - 5, exp: now - 10 })).toBe('issued_after_expiry')
  })

  it.each(['"1"', 'null', '{}', 'true', '1e999', '-1e999', '-1'])('rejects %s', async (text) => {
    expect(await rejectionOf(rawWith('iat', text))).toBe('issued_at_invalid')
  })

  it('may lie an hour back, with the skew', async () => {
    expect((await acceptedWith({ iat: now - 3630 })).subject).toBe('user-1')
    expect(await reasonFor({ iat: now - 3631 })).toBe('too_old')
    expect(await reasonFor({ iat: now - 91 }, { maxTokenAgeSeconds: 60 })).toBe('too_old')
  })

  it('is required unless the registration takes any age', async () => {
    expect(await reasonFor({ iat: undefined })).toBe('issued_at_missing')
    expect((await acceptedWith({ iat: undefined }, { maxTokenAgeSeconds: null })).issuedAtSeconds).toBeUndefined()
    expect((await acceptedWith({ iat: now - 50_000 }, { maxTokenAgeSeconds: null })).issuedAtSeconds).toBe(now - 50_000)
  })
})

describe('nbf', () => {
  it('is honoured with a skew of 30 s (ST-20)', async () => {
    expect((await acceptedWith({ nbf: now + 30 })).subject).toBe('user-1')
    expect(await reasonFor({ nbf: now + 31 })).toBe('not_yet_valid')
  })

  it.each(['-1e999', '1e999', '"0"', 'null', '[]', '-1', 'true'])('rejects %s (ST-20)', async (text) => {
    expect(await rejectionOf(rawWith('nbf', text))).toBe('not_before_invalid')
  })
})

describe('times', () => {
  it('reject when skew, limits or the clock are no numbers', async () => {
    const token = aToken()
    expect(await rejectionOf(token, { nowSeconds: Number.NaN })).toBe('expired')
    expect(await rejectionOf(token, { policy: { clockSkewSeconds: Number.NaN } })).toBe('expired')
    expect(await rejectionOf(token, { policy: { maxTokenLifetimeSeconds: Number.NaN } })).toBe('lifetime_too_long')
    expect(await rejectionOf(token, { policy: { maxTokenAgeSeconds: Number.NaN } })).toBe('too_old')
  })
})

describe('aud', () => {
  it('is required (ST-22)', async () => {
    expect(await reasonFor({ aud: undefined })).toBe('audience_missing')
    expect(await reasonFor({ aud: [] })).toBe('audience_missing')
    expect(await reasonFor({ aud: undefined, client_id: audienceA })).toBe('audience_missing')
  })

  it('must contain an allowed audience (ST-23)', async () => {
    expect(await reasonFor({ aud: 'other-app' })).toBe('audience_not_allowed')
    expect(await reasonFor({ aud: ['other-app', 'third'] })).toBe('audience_not_allowed')
    expect((await acceptedWith({ aud: ['other-app', audienceA] })).audiences).toEqual(['other-app', audienceA])
    expect((await acceptedWith({ aud: 'second' }, { allowedAudiences: ['first', 'second'] })).audiences).toEqual(['second'])
  })

  it.each([[['x', 1, {}, audienceA]], [[[audienceA]]], [{ [audienceA]: true }], [1], [null], [true], [[null, audienceA]]])(
    'rejects %j, which is no list of names (ST-25)',
    async (aud) => {
      expect(await reasonFor({ aud })).toBe('audience_invalid')
    },
  )

  it.each([
    `${audienceA}/`,
    audienceA.toUpperCase(),
    `${audienceA}X`,
    ` ${audienceA}`,
    audienceA.slice(0, -1),
    '',
    '*',
    `${audienceA} other`,
  ])('rejects %j: compared byte for byte (ST-25)', async (aud) => {
    expect(await reasonFor({ aud })).toBe('audience_not_allowed')
  })

  it('matches nothing when the registration allows nothing, or the empty name', async () => {
    expect(await reasonFor({ aud: '' }, { allowedAudiences: [''] })).toBe('audience_not_allowed')
    expect(await reasonFor({}, { allowedAudiences: [] as unknown as [string] })).toBe('audience_not_allowed')
  })
})

describe('iss', () => {
  it.each([
    'https://idp-a.test/',
    'https://IDP-A.test',
    'HTTPS://idp-a.test',
    'https://idp-a.test:443',
    'https://idp%2da.test',
    'https://xn--idp-a-.test',
    'https://ıdp-a.test',
    'http://idp-a.test',
    ' https://idp-a.test',
    'https://idp-b.test',
    'idp-a.test',
  ])('rejects %j: compared byte for byte (ST-26, ST-28)', async (iss) => {
    expect(await reasonFor({ iss })).toBe('issuer_mismatch')
  })

  it.each([undefined, null, 1, [issuerA], { 0: issuerA }, ''])('rejects %j (ST-32)', async (iss) => {
    expect(await reasonFor({ iss })).toBe('issuer_invalid')
  })
})

describe('sub', () => {
  it.each([undefined, null, '', 1, true, ['user'], { $ne: 1 }, 'x'.repeat(256), 'a\nb', 'a\u0000', '\u007f', 'a\u0085b', 'a\u2028b'])(
    'rejects %j',
    async (sub) => {
      expect(await reasonFor({ sub })).toBe('subject_invalid')
    },
  )

  it.each(['x', 'x'.repeat(255), 'repo:acme/app:ref:refs/heads/main', 'auth0|5f7c8ec7c33c6c004bbafe82', 'Zoë', ' '])(
    'accepts %j',
    async (sub) => {
      expect((await acceptedWith({ sub })).subject).toBe(sub)
    },
  )

  it('rejects a lone surrogate before anything encodes it', async () => {
    expect(await rejectionOf(rawWith('sub', '"a\\ud800"'))).toBe('bad_json')
  })
})

describe('claims named like members of Object.prototype', () => {
  it('are ignored and pollute nothing (ST-38)', async () => {
    const token = rawWith('__proto__', '{"x":1,"aud":"api://cambio"},"constructor":{"prototype":{"x":1}},"toString":"t","hasOwnProperty":1')
    const { claims } = await accepted(token)
    expect(({} as Claims)['x']).toBeUndefined()
    expect(claims['x']).toBeUndefined()
    expect(claims).not.toHaveProperty('__proto__')
    expect(claims['toString']).toBe('t')
  })

  it('cannot stand in for a required claim', async () => {
    expect(await reasonFor({}, { requiredClaims: { 'constructor.name': 'Object' } })).toBe('required_claim_not_met')
  })
})

describe('required claims', () => {
  const requiring = (requiredClaims: NonNullable<IssuerPolicy['requiredClaims']>) => ({ requiredClaims })

  it.each<[Claims, NonNullable<IssuerPolicy['requiredClaims']>]>([
    [{ hd: 'acme.test' }, { hd: 'acme.test' }],
    [{ hd: 'acme.test' }, { hd: ['other.test', 'acme.test'] }],
    [{ groups: ['a', 'admins'] }, { groups: 'admins' }],
    [{ email_verified: true }, { email_verified: true }],
    [{ level: 3 }, { level: [2, 3] }],
    [{ org: { id: 'o1' } }, { 'org.id': 'o1' }],
    [{ 'https://acme.test/org': 'o1' }, { 'https://acme.test/org': 'o1' }],
  ])('takes %j for %j', async (claims, requiredClaims) => {
    expect((await acceptedWith(claims, requiring(requiredClaims))).subject).toBe('user-1')
  })

  it.each<[Claims, NonNullable<IssuerPolicy['requiredClaims']>]>([
    [{}, { hd: 'acme.test' }],
    [{ hd: 'acme.test.evil.test' }, { hd: 'acme.test' }],
    [{ hd: 'ACME.test' }, { hd: 'acme.test' }],
    [{ hd: null }, { hd: 'null' }],
    [{ email_verified: 'true' }, { email_verified: true }],
    [{ email_verified: false }, { email_verified: true }],
    [{ level: '3' }, { level: 3 }],
    [{ groups: [['admins']] }, { groups: 'admins' }],
    [{ hd: 'acme.test' }, { hd: [] }],
    [{ hd: 'acme.test' }, { hd: 'acme.test', level: 1 }],
  ])('rejects %j for %j (ST-50, ST-52)', async (claims, requiredClaims) => {
    expect(await reasonFor(claims, requiring(requiredClaims))).toBe('required_claim_not_met')
  })

  it('names the claim in the private detail, and not its value', async () => {
    expect(await gate(aToken({ claims: { hd: 'evil.test' } }), { policy: requiring({ hd: 'acme.test' }) })).toEqual({
      ok: false,
      rejection: { reason: 'required_claim_not_met', detail: 'hd' },
    })
  })
})

describe('condition', () => {
  const outcomeOf = async (condition: IssuerPolicy['condition'], claims: Claims = {}) => {
    const outcome = await gate(aToken({ claims }), { policy: { condition } })
    return outcome.ok ? 'accepted' : outcome.rejection
  }

  it('accepts on true alone (ST-52)', async () => {
    const condition: IssuerPolicy['condition'] = (claims) => claims['repository_owner'] === 'acme'
    expect(await outcomeOf(condition, { repository_owner: 'acme' })).toBe('accepted')
    expect(await outcomeOf(condition, { repository_owner: 'evil' })).toEqual({ reason: 'condition_not_met', detail: 'false' })
  })

  it.each([
    ['a truthy string', 'true'],
    ['1', 1],
    ['an object', {}],
    ['nothing', undefined],
    ['null', null],
    ['a promise of true', Promise.resolve(true)],
  ])('denies on %s', async (_name, value) => {
    expect(await outcomeOf(() => value)).toEqual({ reason: 'condition_not_met', detail: 'not a boolean' })
  })

  it('denies when it throws, and keeps what it threw to itself', async () => {
    const condition = () => {
      throw new Error('no such key: secret-value')
    }
    expect(await outcomeOf(condition)).toEqual({ reason: 'condition_not_met', detail: 'failed' })
  })

  it('sees the verified claims and nothing else', async () => {
    let seen: unknown
    await outcomeOf((...received) => {
      seen = received
      return true
    })
    expect(seen).toEqual([someClaims()])
  })
})

describe('shared issuers', () => {
  const github = 'https://token.actions.githubusercontent.com'

  it('are rejected without a required claim on the owner, however they were stored (PO-17)', async () => {
    const token = aToken({ claims: { iss: github, repository_owner: 'acme' } })
    for (const policy of [{}, { condition: () => true }, { requiredClaims: { ref: 'refs/heads/main' } }]) {
      const outcome = await gate(token, { policy: { issuer: github, ...policy } })
      expect(outcome).toEqual({
        ok: false,
        rejection: {
          reason: 'condition_required',
          detail: 'repository_owner_id repository_owner repository_id repository enterprise_id enterprise',
        },
      })
    }
  })

  it('are accepted for the owner and rejected for everybody else (ST-52)', async () => {
    const policy = { issuer: github, requiredClaims: { repository_owner: 'acme' } }
    expect((await acceptedWith({ iss: github, repository_owner: 'acme' }, policy)).issuer).toBe(github)
    expect(await reasonFor({ iss: github, repository_owner: 'evil' }, policy)).toBe('required_claim_not_met')
  })
})

describe('jti', () => {
  it('is required where every token is taken once', async () => {
    for (const jti of [undefined, '', 1, {}, 'x'.repeat(256)]) expect(await reasonFor({ jti }, { singleUse: true })).toBe('jti_missing')
    expect((await acceptedWith({ jti: 't-1' }, { singleUse: true })).tokenId).toBe('t-1')
  })

  it('is left aside elsewhere unless it is usable', async () => {
    expect((await acceptedWith({ jti: 1 })).tokenId).toBeUndefined()
    expect((await acceptedWith({ jti: 't-1' })).tokenId).toBe('t-1')
  })
})
