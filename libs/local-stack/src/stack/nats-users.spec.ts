import { natsPermissions, SERVICES } from '@cambio/contracts'
import { describe, expect, it } from 'vitest'

import { natsCredentialsOf, natsUsersOf } from './nats-users.js'

describe('the users of the stack’s own nats-server', () => {
  const secret = 'a secret of a data directory'

  it('are one for each service, with its permissions and no others', () => {
    expect(natsUsersOf(secret).map(({ name, permissions }) => ({ name, permissions }))).toEqual(
      SERVICES.map((service) => ({ name: service, permissions: natsPermissions(service) })),
    )
  })

  it('have passwords that differ, are the same at each start, and do not hold the secret', () => {
    const passwords = natsUsersOf(secret).map(({ password }) => password)
    expect(new Set([...passwords, secret]).size).toBe(SERVICES.length + 1)
    expect(natsUsersOf(secret).map(({ password }) => password)).toEqual(passwords)
    expect(natsUsersOf('of another directory').some(({ password }) => passwords.includes(password))).toBe(false)
  })

  it('are what the services are given', () => {
    for (const { name, password } of natsUsersOf(secret)) {
      expect(natsCredentialsOf(name as (typeof SERVICES)[number], secret)).toEqual({ NATS_USER: name, NATS_PASSWORD: password })
    }
  })
})
