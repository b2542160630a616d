import { hkdfSync } from 'node:crypto'

import { natsPermissions, SERVICES, type ServiceName } from '@cambio/contracts'

import { type NatsUser } from '../nats-server/nats-server.config.js'

/**
 * One user for each service on the stack's own server, with what the service needs and nothing else. The passwords are
 * derived from the directory's one NATS secret, so that a directory of an older version serves as it is.
 *
 * @param secret `NATS_PASSWORD` of the data directory: 256 bit, and told to no service
 */
export function natsUsersOf(secret: string): readonly NatsUser[] {
  return SERVICES.map((service) => ({
    name: service,
    password: passwordOf(service, secret),
    permissions: natsPermissions(service),
  }))
}

/** How a service proves itself to the stack's own server, as environment variables. */
export function natsCredentialsOf(service: ServiceName, secret: string): { readonly NATS_USER: string; readonly NATS_PASSWORD: string } {
  return { NATS_USER: service, NATS_PASSWORD: passwordOf(service, secret) }
}

/** One way (RFC 5869): a service's password tells nothing about another's. */
function passwordOf(service: ServiceName, secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', `cambio nats user ${service}`, 32)).toString('base64url')
}
