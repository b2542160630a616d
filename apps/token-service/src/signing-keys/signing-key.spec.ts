import { signingKeySchema } from '@cambio/contracts'
import { FIXED_NOW, FIXED_NOW_MS, secretScan, thumbprint } from '@cambio/testing'
import { calculateJwkThumbprint, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { KEY_ENCRYPTION_KEY } from '../testing/exchange-world.js'
import { decryptPrivateKey } from './key-encryption.js'
import { makeSigningKey } from './signing-key.js'

describe.each(['ES256', 'EdDSA', 'RS256'] as const)('a new %s signing key', (alg) => {
  it('is named by the thumbprint of its public part (RFC 7638), and keeps its private part encrypted (IS-05)', async () => {
    const key = await makeSigningKey(alg, KEY_ENCRYPTION_KEY, new Date(FIXED_NOW_MS))
    expect(signingKeySchema.parse(key)).toEqual(key)
    expect(key).toMatchObject({ alg, activeFrom: FIXED_NOW, publicJwk: { kid: key.kid, alg, use: 'sig' } })
    expect(key.kid).toBe(thumbprint({ publicJwk: key.publicJwk as never }))
    expect(key.publicJwk).not.toHaveProperty('d')

    const privateJwk = JSON.parse(decryptPrivateKey(KEY_ENCRYPTION_KEY, key.kid, key.encryptedPrivateKey)!) as { d: string; kty: string }
    expect(await calculateJwkThumbprint(privateJwk)).toBe(key.kid)
    expect(secretScan(JSON.stringify(key), [privateJwk.d])).toEqual([])
    await expect(importJWK(privateJwk, alg)).resolves.toBeDefined()
  })
})

describe('two new signing keys', () => {
  it('are different', async () => {
    const make = async () => makeSigningKey('ES256', KEY_ENCRYPTION_KEY, new Date(FIXED_NOW_MS))
    expect((await make()).kid).not.toBe((await make()).kid)
  })
})
