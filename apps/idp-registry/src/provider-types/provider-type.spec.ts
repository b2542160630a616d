import { providerTypeSchema } from '@cambio/contracts'
import { describe, expect, it } from 'vitest'

import { listProviderTypes, providerTypeAnswerSchema, tokenLabelOf } from './provider-type.js'

describe('the kinds of identity providers', () => {
  it('are all there, each with every field of the form', () => {
    const types = listProviderTypes()
    expect(types.map(({ type }) => type)).toEqual(providerTypeSchema.options)
    for (const type of types) {
      expect(providerTypeAnswerSchema.parse(type)).toEqual(type)
      expect(type.fields.map(({ name }) => name)).toEqual([
        'name',
        'description',
        'allowedAudiences',
        'wellKnownUrl',
        'issuer',
        'tokenEndpoint',
        'jwksUri',
      ])
    }
  })

  it('name the field of a token after the product', () => {
    expect([tokenLabelOf('okta'), tokenLabelOf('microsoft')]).toEqual(['Okta Token', 'Microsoft Token'])
  })
})
