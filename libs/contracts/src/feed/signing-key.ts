import { z } from 'zod'

/** AES-256-GCM under `CAMBIO_KEY_ENCRYPTION_KEY`; all members base64url. */
export const encryptedKeySchema = z.object({ v: z.literal(1), iv: z.string(), ciphertext: z.string(), tag: z.string() })

export type EncryptedKey = z.infer<typeof encryptedKeySchema>

/** A key that signs our tokens; its partition is `platform`. It is published before it signs and after it ceased to. */
export const signingKeySchema = z.object({
  /** RFC 7638 thumbprint of the public key. */
  kid: z.string(),
  alg: z.enum(['ES256', 'RS256', 'EdDSA']),
  publicJwk: z.looseObject({ kty: z.string() }),
  encryptedPrivateKey: encryptedKeySchema,
  /** From then on it may sign. */
  activeFrom: z.iso.datetime(),
  /** From then on another key signs; absent while this is the newest. */
  retiredFrom: z.iso.datetime().optional(),
  /** Until then it verifies; absent while it is not retired. */
  verifiesUntil: z.iso.datetime().optional(),
})

export type SigningKeyValue = z.infer<typeof signingKeySchema>
