import { describe, expect, it } from 'vitest'

import { aToken, gate, rejectionOf, someClaims } from './testing/gate.js'
import { maxTokenLength, readUnverifiedJwt, unverifiedIssuer } from './unverified-jwt.js'

const good = aToken()
const [header, payload, signature] = good.split('.') as [string, string, string]
const claimsText = JSON.stringify(someClaims())

describe('structure of a token', () => {
  it.each([
    ['', 'bad_segments'],
    [header, 'bad_segments'],
    [`${header}.${payload}`, 'bad_segments'],
    [`${good}.`, 'bad_segments'],
    [`${good}.${signature}`, 'bad_segments'],
    [`.${payload}.${signature}`, 'bad_segments'],
    [`${header}..${signature}`, 'bad_segments'],
    [`${header}.${payload}.`, 'bad_segments'],
    ['..', 'bad_segments'],
    [`${good}.a.b.c`, 'bad_segments'],
  ])('rejects %j as not three segments (ST-01)', async (token, reason) => {
    expect(await rejectionOf(token)).toBe(reason)
  })

  it.each([
    ['padding', `${header}.${payload}.${signature}==`],
    ['padding of the header', `${header}=.${payload}.${signature}`],
    ['a leading space', ` ${good}`],
    ['a trailing space', `${good} `],
    ['a tab', `${header}\t.${payload}.${signature}`],
    ['a newline', `${good}\n`],
    ['a newline inside', `${header}.${payload.slice(0, 20)}\n${payload.slice(20)}.${signature}`],
    ['plain base64', `${header}.${payload}.${signature.slice(0, -4)}+/AA`],
    ['a percent sequence', `${header}.${payload}.%41`],
    ['a character outside ASCII', `${header}.${payload}.é`],
    ['a segment of impossible length', `${header}.${payload}.${'A'.repeat(5)}`],
  ])('rejects %s (ST-02)', async (_name, token) => {
    expect(await rejectionOf(token)).toBe('bad_base64url')
  })

  it('rejects every other spelling of the last character (ST-02)', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    expect(signature.length % 4).toBe(2) // 256 bytes: the last character carries four stray bits
    const last = alphabet.indexOf(signature.at(-1)!)
    for (let stray = 1; stray < 16; stray += 1) {
      expect(await rejectionOf(good.slice(0, -1) + alphabet[last + stray]!)).toBe('bad_base64url')
    }
    expect(await rejectionOf(`${header}.${payload}.AAB`)).toBe('bad_base64url')
    expect(await rejectionOf(`${header}.${payload}.AAE`)).toBe('signature_invalid')
  })

  it('rejects an encrypted token before anything of it is read (ST-41, ST-43)', async () => {
    expect(await rejectionOf('eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00iLCJ6aXAiOiJERUYifQ.a.b.c.d')).toBe('encrypted')
    expect(await rejectionOf('....')).toBe('encrypted')
  })

  it.each(['opaque-token', '<saml:Assertion ID="x"/>', 'PHNhbWw+PC9zYW1sPg', 'eyJhbGciOiJSUzI1NiJ9'])(
    'rejects %j (ST-64)',
    async (token) => {
      expect(await rejectionOf(token)).toBe('bad_segments')
    },
  )

  it('takes 16 KiB and rejects one character more (TE-14, ST-46)', async () => {
    const sized = (length: number) => {
      const room = (extra: number) => aToken({ rawPayload: JSON.stringify(someClaims({ pad: 'x'.repeat(extra) })) }).length
      const guess = Math.floor(((length - room(0)) * 3) / 4)
      for (let extra = guess - 4; extra < guess + 4; extra += 1) {
        if (room(extra) === length) return aToken({ rawPayload: JSON.stringify(someClaims({ pad: 'x'.repeat(extra) })) })
      }
      return undefined
    }
    const largest = sized(maxTokenLength) ?? sized(maxTokenLength - 1)
    expect((await gate(largest!)).ok).toBe(true)
    const oversized = sized(maxTokenLength + 1) ?? sized(maxTokenLength + 2)
    expect(await rejectionOf(oversized!)).toBe('too_large')
  })

  it('rejects 10,000 groups by size (ST-46)', async () => {
    const groups = Array.from({ length: 10_000 }, (_, index) => `group-${index}`)
    expect(await rejectionOf(aToken({ claims: { groups } }))).toBe('too_large')
  })
})

describe('encoding of a token', () => {
  const bytes = (...values: number[]) => Buffer.from(values)
  const claimsWith = (value: Buffer) =>
    Buffer.concat([Buffer.from(claimsText.slice(0, -1)), Buffer.from(',"x":"'), value, Buffer.from('"}')])

  it.each([
    ['a stray continuation byte', claimsWith(bytes(0x80))],
    ['a truncated sequence', claimsWith(bytes(0xc3))],
    ['an overlong slash', claimsWith(bytes(0xc0, 0xaf))],
    ['an overlong NUL', claimsWith(bytes(0xc0, 0x80))],
    ['an encoded surrogate', claimsWith(bytes(0xed, 0xa0, 0x80))],
    ['a code point past U+10FFFF', claimsWith(bytes(0xf4, 0x90, 0x80, 0x80))],
    ['latin-1', claimsWith(bytes(0xe9))],
    ['a byte order mark', Buffer.concat([bytes(0xef, 0xbb, 0xbf), Buffer.from(claimsText)])],
    ['UTF-16 with its mark', Buffer.concat([bytes(0xff, 0xfe), Buffer.from(claimsText, 'utf16le')])],
  ])('rejects %s (ST-47)', async (_name, rawPayload) => {
    expect(await rejectionOf(aToken({ rawPayload }))).toBe('bad_utf8')
  })

  it('rejects a byte order mark in the header (ST-47)', async () => {
    expect(await rejectionOf(aToken({ rawHeader: `\ufeff${JSON.stringify({ alg: 'RS256', kid: 'a1' })}` }))).toBe('bad_utf8')
  })

  it('accepts any other text', async () => {
    expect((await gate(aToken({ claims: { name: 'Zoë 😀 \u0000' } }))).ok).toBe(true)
  })

  it.each(['', 'null', '[]', '"text"', '12', 'true', '{', '{}x', "{'a':1}", '{"a":1,}', '{"a":NaN}', '{a:1}', '{"a":01}', '{"a":"\n"}'])(
    'rejects the payload %j',
    async (rawPayload) => {
      expect(await rejectionOf(aToken({ rawPayload }))).toBe(rawPayload === '' ? 'bad_segments' : 'bad_json')
    },
  )

  it('rejects a header that is no object', async () => {
    expect(await rejectionOf(aToken({ rawHeader: '["RS256"]' }))).toBe('bad_json')
  })

  it.each([
    ['sub', '"sub":"user-1","sub":"admin"'],
    ['aud', '"aud":"x","aud":"api://cambio"'],
    ['an escaped sub', '"sub":"user-1","\\u0073ub":"admin"'],
    ['sub escaped in other letters', '"s\\u0075b":"user-1","su\\u0062":"admin"'],
    ['a nested member', '"a":{"b":{"c":1,"c":1}}'],
    ['a member in a list', '"a":[1,{"c":1,"c":2}]'],
    ['__proto__', '"__proto__":1,"__proto__":2'],
  ])('rejects %s twice (ST-37)', async (_name, members) => {
    const rest = JSON.stringify(someClaims({ sub: undefined, aud: undefined })).slice(1)
    expect(await rejectionOf(aToken({ rawPayload: `{${members},${rest}` }))).toBe('duplicate_member')
  })

  it('rejects alg twice in the header (ST-37)', async () => {
    expect(await rejectionOf(aToken({ rawHeader: '{"alg":"RS256","kid":"a1","alg":"RS256"}' }))).toBe('duplicate_member')
    expect(await rejectionOf(aToken({ rawHeader: '{"alg":"none","kid":"a1","\\u0061lg":"RS256"}' }))).toBe('duplicate_member')
  })
})

describe('unverifiedIssuer', () => {
  const issuerOf = (claims: Record<string, unknown>) => {
    const read = readUnverifiedJwt(aToken({ claims }))
    if (!read.ok) throw new Error(read.rejection.reason)
    return unverifiedIssuer(read.jwt)
  }

  it('gives the issuer as the token spells it, of a token that nobody verified', () => {
    expect(issuerOf({ iss: 'https://IDP-a.test/' })).toEqual({ ok: true, issuer: 'https://IDP-a.test/' })
  })

  it.each([undefined, null, 1, ['https://idp-a.test'], {}, ''])('rejects %j (ST-32)', (iss) => {
    expect(issuerOf({ iss })).toEqual({ ok: false, rejection: { reason: 'issuer_invalid' } })
  })

  it('is not reached by a token whose structure is bad', () => {
    expect(readUnverifiedJwt(`${good}=`)).toEqual({ ok: false, rejection: { reason: 'bad_base64url' } })
  })
})
