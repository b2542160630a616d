import { describe, expect, it } from 'vitest'

import { parseBasicCredentials } from './basic-credentials.js'

const basic = (pair: string) => `Basic ${Buffer.from(pair, 'latin1').toString('base64')}`
const malformed = { ok: false, failure: { error: 'invalid_client', reason: 'client.malformed_credentials' } }

describe('parseBasicCredentials (RFC 6749 §2.3.1, RFC 7617)', () => {
  it('reads client id and secret', () => {
    expect(parseBasicCredentials(basic('app1:secret'))).toEqual({ ok: true, value: { clientId: 'app1', clientSecret: 'secret' } })
  })

  it('form-decodes both parts after splitting at the first colon', () => {
    expect(parseBasicCredentials(basic('a%3Ab:s+e%2Bc%C3%A9:t'))).toEqual({
      ok: true,
      value: { clientId: 'a:b', clientSecret: 's e+cé:t' },
    })
  })

  it('reads the scheme in any case, and unpadded base64', () => {
    const header = basic('app1:secret').replace('Basic', 'bASIC').replaceAll('=', '')
    expect(parseBasicCredentials(header)).toMatchObject({ ok: true, value: { clientId: 'app1' } })
  })

  it('lets an empty secret through to be refused as a wrong one', () => {
    expect(parseBasicCredentials(basic('app1:'))).toEqual({ ok: true, value: { clientId: 'app1', clientSecret: '' } })
  })

  it.each([
    ['another scheme', 'Bearer abc'],
    ['nothing after the scheme', 'Basic '],
    ['no space', `Basic${Buffer.from('a:b').toString('base64')}`],
    ['no base64', 'Basic app1:secret'],
    ['base64url', 'Basic _-_-'],
    ['a second value', `${basic('a:b')}, ${basic('c:d')}`],
    ['non-canonical base64', 'Basic YTpi/x=='],
    ['no colon', basic('app1')],
    ['an empty client id', basic(':secret')],
    ['a broken percent sequence', basic('app1:%')],
    ['invalid UTF-8', basic('app1:%ff')],
    ['raw UTF-8', basic('app1:\xe9')],
    ['NUL', basic('app1:%00')],
    ['raw control characters', basic('app1:a\nb')],
    ['an endless header', basic(`app1:${'a'.repeat(4000)}`)],
  ])('refuses %s (CA-07)', (_name, header) => {
    expect(parseBasicCredentials(header)).toEqual(malformed)
  })
})
