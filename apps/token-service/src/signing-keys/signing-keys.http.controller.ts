import { Answers, RequiresScope } from '@cambio/service-kit'
import { Controller, Get } from '@nestjs/common'
import { z } from 'zod'

import { SigningKeysProjection } from './signing-keys.projection.js'

const signingKeySchema = z
  .object({
    kid: z.string(),
    alg: z.string(),
    publicJwk: z.looseObject({ kty: z.string() }),
    activeFrom: z.iso.datetime(),
    retiredFrom: z.iso.datetime().nullable(),
    verifiesUntil: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SigningKey' })

/** The platform's signing keys, public parts only. */
@Controller('/v1/signing-keys')
export class SigningKeysHttpController {
  constructor(private readonly keys: SigningKeysProjection) {}

  @Get()
  @RequiresScope('keys:read', { platform: true })
  @Answers({ summary: 'List the signing keys', answer: z.object({ items: z.array(signingKeySchema) }) })
  list(): { items: z.infer<typeof signingKeySchema>[] } {
    const items = this.keys.all().map(({ kid, alg, publicJwk, activeFrom, retiredFrom, verifiesUntil }) => ({
      kid,
      alg,
      publicJwk,
      activeFrom,
      retiredFrom: retiredFrom ?? null,
      verifiesUntil: verifiesUntil ?? null,
    }))
    return { items: items.sort((a, b) => b.activeFrom.localeCompare(a.activeFrom)) }
  }
}
