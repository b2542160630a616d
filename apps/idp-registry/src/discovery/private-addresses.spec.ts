import { createAddressPolicy, createSafeFetcher, parseFetchAllow, type ResolveHost } from '@cambio/safe-fetch'
import { hostileIdp, type HostileIdp } from '@cambio/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { RegistrationAssessor } from './assess-registration.js'
import { ProviderDocuments } from './provider-documents.js'

let canary: HostileIdp

beforeEach(async () => {
  canary = await hostileIdp()
})
afterEach(() => canary.stop())

/** An assessor to which the operator opened nothing; names resolve as a test says. */
function assessor(resolveHost: ResolveHost, opened = ''): RegistrationAssessor {
  const allow = parseFetchAllow(opened)
  if (!allow.ok) throw new TypeError(allow.failure.detail)
  const policy = createAddressPolicy({ allow: allow.value })
  return new RegistrationAssessor(new ProviderDocuments(createSafeFetcher({ policy, resolveHost }), policy), 'http://localhost:8400')
}

const assess = (wellKnownUrl: string, resolveHost: ResolveHost = async () => ['127.0.0.1']) =>
  assessor(resolveHost).assess({ type: 'generic', wellKnownUrl }, { thorough: true })

const refusal = {
  allowedAlgorithms: [],
  findings: [
    {
      severity: 'error',
      code: 'target_not_allowed',
      field: 'wellKnownUrl',
      message:
        'This address cannot be used: it must be an https address of a public host by its name, on a permitted port, and the host must answer.',
    },
  ],
}

describe('a provider on a private address', () => {
  it.each([
    ['a literal address (DR-08)', async () => ['127.0.0.1'], () => `https://127.0.0.1:${canary.port}`],
    ['http (DR-08)', async () => ['127.0.0.1'], () => canary.origin],
    ['a name that leads to loopback (DR-13)', async () => ['127.0.0.1'], () => 'https://idp.example'],
    ['a name with a private address among public ones (DR-14)', async () => ['93.184.216.34', '10.0.0.7'], () => 'https://idp.example'],
    ['a public IPv4 and a private IPv6 address (DR-16)', async () => ['93.184.216.34', 'fd00::1'], () => 'https://idp.example'],
    [
      'a name that does not exist',
      () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
      () => 'https://idp.example',
    ],
  ] satisfies [string, ResolveHost, () => string][])(
    'is refused by %s with one text, and never connected to',
    async (_, resolveHost, origin) => {
      expect(await assess(`${origin()}/.well-known/openid-configuration`, resolveHost)).toEqual(refusal)
      expect(canary.connectionCount).toBe(0)
    },
  )

  it('shows nothing of itself through an opened provider that points at it (DR-29)', async () => {
    const front = await hostileIdp()
    front.answer(front.paths.openid, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...front.metadata(), jwks_uri: canary.jwksUri }))
    })
    const opened = `127.0.0.1:${front.port}`
    const assessment = await assessor(async () => ['127.0.0.1'], opened).assess(
      { type: 'generic', wellKnownUrl: front.wellKnownUrl, confirmHost: '127.0.0.1' },
      { thorough: true },
    )
    expect(assessment.findings).toMatchObject([{ code: 'target_not_allowed', field: 'jwksUri' }])
    expect(assessment.acceptance).toBeUndefined()
    expect(canary.connectionCount).toBe(0)
    await front.stop()
  })
})
