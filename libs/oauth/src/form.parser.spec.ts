import { describe, expect, it } from 'vitest'

import { maxFormParameters, parseForm } from './form.parser.js'

const malformed = { ok: false, failure: { error: 'invalid_request', reason: 'request.malformed_form' } }

function parsed(raw: string) {
  const form = parseForm(raw)
  if (!form.ok) throw new Error(form.failure.reason)
  return form.value
}

describe('parseForm (RFC 6749 §3.2, appendix B)', () => {
  it('decodes percent sequences and plus signs, in names too', () => {
    const form = parsed('grant%5Ftype=a+b%2Bc&scope=r%C3%A9ad')
    expect(form.get('grant_type')).toBe('a b+c')
    expect(form.get('scope')).toBe('réad')
  })

  it('keeps the equals signs of a value', () => {
    expect(parsed('client_assertion=a=b==').get('client_assertion')).toBe('a=b==')
  })

  it('treats a parameter without value as omitted (TE-20)', () => {
    const form = parsed('scope=&subject_token&grant_type=x')
    expect(form.has('scope')).toBe(false)
    expect(form.get('scope')).toBeUndefined()
    expect(form.getAll('scope')).toEqual([])
    expect(form.has('subject_token')).toBe(false)
    expect(form.has('grant_type')).toBe(true)
  })

  it.each(['grant_type', 'subject_token', 'scope', 'client_id', 'requested_token_type'])('refuses %s twice (TE-11)', (name) => {
    expect(parseForm(`${name}=a&${name}=b`)).toEqual({
      ok: false,
      failure: { error: 'invalid_request', reason: 'request.duplicate_parameter', detail: name },
    })
  })

  it('refuses a duplicate that is spelled differently, is empty or is unknown (TE-11)', () => {
    for (const raw of ['scope=a&sc%6Fpe=b', 'scope=&scope=a', 'scope=a&scope', 'x=1&x=1']) {
      expect(parseForm(raw), raw).toMatchObject({ ok: false, failure: { error: 'invalid_request', reason: 'request.duplicate_parameter' } })
    }
  })

  it('does not copy an unknown name of a duplicate into the record', () => {
    expect(parseForm('%3Cscript%3E=1&%3Cscript%3E=2')).toEqual({
      ok: false,
      failure: { error: 'invalid_request', reason: 'request.duplicate_parameter' },
    })
  })

  it('keeps every audience and resource in order (TE-13)', () => {
    const form = parsed('audience=a&resource=r&audience=b&audience=')
    expect(form.getAll('audience')).toEqual(['a', 'b'])
    expect(form.get('audience')).toBe('a')
    expect(form.getAll('resource')).toEqual(['r'])
  })

  it.each([
    ['NUL', 'scope=a%00b'],
    ['NUL in a name', 'sc%00ope=a'],
    ['a lone surrogate', 'scope=%ED%A0%80'],
    ['an overlong encoding', 'scope=%C0%AF'],
    ['a truncated UTF-8 sequence', 'scope=%C3'],
    ['half a percent sequence', 'scope=a%2'],
    ['a percent sign alone', 'scope=%'],
    ['percent with other digits', 'scope=%zz'],
    ['raw NUL', 'scope=a\0'],
    ['a raw space', 'scope=a b'],
    ['a raw newline', 'scope=a\n'],
    ['raw UTF-8', 'scope=é'],
    ['a replacement character of a lenient decoder', 'scope=\ufffd'],
    ['a raw lone surrogate', 'scope=\ud800'],
  ])('refuses %s (TE-31)', (_name, raw) => {
    expect(parseForm(raw)).toEqual(malformed)
  })

  it('is not confused by names of Object.prototype', () => {
    const form = parsed('__proto__=x&constructor=y&a=1')
    expect(form.get('__proto__')).toBe('x')
    expect(form.get('toString')).toBeUndefined()
    expect(form.has('hasOwnProperty')).toBe(false)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('accepts an empty body and empty pairs', () => {
    expect(parsed('').has('')).toBe(false)
    expect(parsed('&&a=1&').get('a')).toBe('1')
  })

  it('bounds the number of parameters', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&')
    expect(parseForm(many(maxFormParameters)).ok).toBe(true)
    expect(parseForm(many(maxFormParameters + 1))).toEqual({
      ok: false,
      failure: { error: 'invalid_request', reason: 'request.too_many_parameters' },
    })
  })
})
