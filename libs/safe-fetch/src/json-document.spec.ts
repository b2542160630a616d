import { describe, expect, it } from 'vitest'
import { publicTexts } from './fetch-failure.js'
import { parseJsonDocument } from './json-document.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function notMetadata(privateDetail: string): object {
  return { ok: false, failure: { code: 'not_metadata', publicText: publicTexts.not_metadata, privateDetail } }
}

describe('parseJsonDocument', () => {
  it('answers the object, with equal names in different objects and odd strings left alone', () => {
    const text = String.raw` { "a" : {"a":1, "b\"":[{"a":2},{"a":3}]}, "c":"\"a\": {\"a\":", "d":"x", "e":["a","a",":"], "":{}, "__proto__":{"polluted":true} } `
    const parsed = parseJsonDocument(bytes(text))
    expect(parsed).toEqual({ ok: true, value: JSON.parse(text) as unknown })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it.each([
    ['HTML', '<!doctype html><html></html>'],
    ['nothing', ''],
    ['truncated', '{"issuer":"https://idp.example.com"'],
    ['two documents', '{}{}'],
    ['a comment', '{/**/}'],
    ['a trailing comma', '{"a":1,}'],
    ['a byte order mark', '\ufeff{}'],
    ['NaN', '{"a":NaN}'],
  ])('refuses %s (DR-22)', (_name, text) => {
    expect(parseJsonDocument(bytes(text))).toEqual(notMetadata('not JSON in UTF-8'))
  })

  it.each([
    ['invalid UTF-8', [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]],
    ['an overlong encoding', [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('refuses %s (DR-22)', (_name, raw) => {
    expect(parseJsonDocument(new Uint8Array(raw))).toEqual(notMetadata('not JSON in UTF-8'))
  })

  it.each(['[]', '[{"a":1}]', 'null', '"text"', '1', 'true'])('refuses %s at the top (DR-22)', (text) => {
    expect(parseJsonDocument(bytes(text))).toEqual(notMetadata('not an object'))
  })

  it.each([
    String.raw`{"issuer":"a","issuer":"b"}`,
    String.raw`{"issuer":"a","\u0069ssuer":"b"}`,
    String.raw`{"keys":[{"kid":"a"},{"kid":"b","n":"\\","kid":"c"}]}`,
    String.raw`{"a":{"x":[]},"b":1,"a" : 2}`,
    String.raw`{"\"":1,"\"":2}`,
    String.raw`{"__proto__":1,"__proto__":2}`,
  ])('refuses a member that stands twice: %s (DR-22)', (text) => {
    expect(parseJsonDocument(bytes(text))).toEqual(notMetadata('duplicate member'))
  })

  it('refuses what is nested deeper than 32 levels', () => {
    const nested = (depth: number): Uint8Array => bytes(`{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`)
    expect(parseJsonDocument(nested(32)).ok).toBe(true)
    expect(parseJsonDocument(nested(33))).toEqual(notMetadata('nested too deep'))
    expect(parseJsonDocument(nested(100_000))).toEqual(notMetadata('nested too deep'))
  })

  it('reads the largest body of strings and escapes within a moment', () => {
    const largest = bytes(`{"a":"${String.raw`\"`.repeat(131_000)}"}`)
    const start = performance.now()
    expect(parseJsonDocument(largest).ok).toBe(true)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
