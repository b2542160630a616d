import { ADMIN_AUDIENCE } from '@cambio/contracts'
import { aSigningKey, FIXED_NOW_SECONDS, rawJwt, signedBy, testKey, thumbprint } from '@cambio/testing'

/** The issuer of the tokens that specs of this library use. */
export const ISSUER = 'http://localhost:8400'

const key = testKey('ES256', { name: 'signing' })

/** The signing key under which the tokens below verify. */
export const signingKey = () => aSigningKey({}, key)

/** An administrator's access token as our token service issues it; claims and header can be overridden or, by undefined, left out. */
export function anAdminToken(claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}): string {
  return rawJwt({
    header: { alg: 'ES256', typ: 'at+jwt', kid: thumbprint(key), ...header },
    payload: {
      iss: ISSUER,
      sub: 'client/admin-1',
      aud: [ADMIN_AUDIENCE],
      client_id: 'admin-1',
      scope: 'orgs:read idps:read idps:write applications:read',
      iat: FIXED_NOW_SECONDS,
      nbf: FIXED_NOW_SECONDS,
      exp: FIXED_NOW_SECONDS + 600,
      jti: 'a-token',
      ...claims,
    },
    sign: signedBy(key),
  })
}
