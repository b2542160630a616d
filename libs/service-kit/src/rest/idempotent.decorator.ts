import { applyDecorators, SetMetadata } from '@nestjs/common'

import { described } from '../openapi/described.decorator.js'

const metadataKey = 'cambio:idempotent'

/** A header of answers that were given before. */
export const REPLAYED_HEADER = 'idempotency-replayed'

/** The route takes an `Idempotency-Key`: a repetition within 24 h gets the first answer again and does nothing. */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    SetMetadata(metadataKey, true),
    described(({ ApiHeader }) =>
      ApiHeader({
        name: 'Idempotency-Key',
        required: false,
        description: 'Makes a repetition within 24 h give the same answer again.',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      }),
    ),
  )
}

export const isIdempotent = (handler: object): boolean => Reflect.getMetadata(metadataKey, handler) === true
