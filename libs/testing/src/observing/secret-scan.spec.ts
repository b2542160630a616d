import { describe, expect, it } from 'vitest'

import { aSubjectToken } from '../tokens/subject-token.js'
import { secretScan } from './secret-scan.js'

describe('secretScan', () => {
  const secret = 'se?cret>/"value"~~ÿ?>'

  it.each([
    ['plain', secret],
    ['url', encodeURIComponent(secret)],
    ['json', JSON.stringify({ secret })],
    ['hex', Buffer.from(secret).toString('hex')],
    ['base64', Buffer.from(`client:${secret}`).toString('base64')],
    ['base64', Buffer.from(`client1:${secret}:x`).toString('base64')],
    ['base64url', Buffer.from(`client12:${secret}?`).toString('base64url')],
  ] as const)('finds a secret written as %s', (form, text) => {
    expect(secretScan(`a ${text} b`, ['another secret', secret])).toContainEqual({ index: 1, form })
  })

  it('finds a token by its signature, and nothing in a text that has header and claims alone', () => {
    const token = aSubjectToken()
    const [header, payload, signature] = token.split('.')
    expect(secretScan(`… ${signature!}`, [token])).toEqual([{ index: 0, form: 'signature' }])
    expect(secretScan(`${header!}.${payload!}`, [token])).toEqual([])
  })

  it('finds nothing where nothing is, and refuses to search for what would be found by chance', () => {
    expect(secretScan('the quick brown fox', [secret])).toEqual([])
    expect(() => secretScan('x', ['short'])).toThrow(TypeError)
  })
})
