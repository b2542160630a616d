import { aCredential, anAdminClient, anApplication, aSecretDigest, feedEntry, FIXED_NOW_MS, IDS } from '@cambio/testing'
import { PLATFORM } from '@cambio/contracts'
import { beforeEach, describe, expect, it } from 'vitest'

import { ClientsProjection, liveDigests } from './clients.projection.js'

const LATER_APPLICATION = 'app_00000000000000000000000000000002'

describe('clients by client id', () => {
  let clients: ClientsProjection
  beforeEach(() => {
    clients = new ClientsProjection()
  })

  it('has one client for each credential of an application', () => {
    const production = aCredential()
    const sandbox = aCredential({ environment: 'sandbox', clientId: 'app1-sandbox' })
    const application = anApplication({ credentials: [production, sandbox] })
    clients.applyApplication(feedEntry('applications', application))
    const shared = { kind: 'application', org: IDS.organization, applicationId: IDS.application, application }
    expect(clients.byClientId('app1')).toEqual({ ...shared, clientId: 'app1', credential: production })
    expect(clients.byClientId('app1-sandbox')).toEqual({ ...shared, clientId: 'app1-sandbox', credential: sandbox })
  })

  it('has an admin client, with the platform as its organization where it is one of the platform', () => {
    const value = anAdminClient({ role: 'platform' })
    clients.applyAdminClient(feedEntry('admin-clients', value, { org: PLATFORM }))
    expect(clients.byClientId('admin-1')).toEqual({
      kind: 'admin',
      clientId: 'admin-1',
      adminClientId: IDS.adminClient,
      org: PLATFORM,
      value,
    })
  })

  it('compares client ids byte for byte', () => {
    clients.applyApplication(feedEntry('applications', anApplication()))
    for (const other of ['APP1', 'app1 ', 'app', '', '__proto__']) expect(clients.byClientId(other)).toBeUndefined()
  })

  it('forgets a credential that its application does not have any more', () => {
    clients.applyApplication(feedEntry('applications', anApplication()))
    clients.applyApplication(feedEntry('applications', anApplication({ credentials: [aCredential({ clientId: 'app1-new' })] }), { rev: 2 }))
    expect(clients.byClientId('app1')).toBeUndefined()
    expect(clients.byClientId('app1-new')?.clientId).toBe('app1-new')
  })

  it('forgets all clients of an application that is deleted', () => {
    clients.applyApplication(feedEntry('applications', anApplication()))
    clients.applyApplication(feedEntry('applications', null, { rev: 2 }))
    expect(clients.byClientId('app1')).toBeUndefined()
  })

  it('forgets an admin client that is deleted', () => {
    clients.applyAdminClient(feedEntry('admin-clients', anAdminClient()))
    clients.applyAdminClient(feedEntry('admin-clients', null, { rev: 2 }))
    expect(clients.byClientId('admin-1')).toBeUndefined()
  })

  it('keeps a client id that another application has taken when the old one’s deletion comes late', () => {
    clients.applyApplication(feedEntry('applications', anApplication()))
    clients.applyApplication(feedEntry('applications', anApplication({ name: 'App 2' }), { id: LATER_APPLICATION }))
    clients.applyApplication(feedEntry('applications', null, { rev: 2 }))
    expect(clients.byClientId('app1')).toMatchObject({ applicationId: LATER_APPLICATION })
  })
})

describe('the live secrets of a client', () => {
  const inSeconds = (seconds: number): string => new Date(FIXED_NOW_MS + seconds * 1_000).toISOString()

  it('are those without an end and those whose end is still to come', () => {
    const secrets = [
      aSecretDigest({ digest: 'lasting' }),
      aSecretDigest({ digest: 'ends now', expiresAt: inSeconds(0) }),
      aSecretDigest({ digest: 'ends soon', expiresAt: inSeconds(1) }),
    ]
    expect(liveDigests(secrets, FIXED_NOW_MS)).toEqual(['lasting', 'ends soon'])
  })

  it('are the two newest where our clock lags behind the one by which a third was retired', () => {
    const secrets = [
      aSecretDigest({ digest: 'retired', createdAt: inSeconds(-300), expiresAt: inSeconds(1) }),
      aSecretDigest({ digest: 'newest', createdAt: inSeconds(-1) }),
      aSecretDigest({ digest: 'second', createdAt: inSeconds(-200) }),
    ]
    expect(liveDigests(secrets, FIXED_NOW_MS)).toEqual(['newest', 'second'])
  })
})
