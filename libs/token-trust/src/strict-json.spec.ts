import { describe, expect, it } from 'vitest'

import { maxJsonDepth, maxJsonMembers, parseStrictJson } from './strict-json.js'

const problemOf = (text: string) => {
  const json = parseStrictJson(text)
  return json.ok ? undefined : json.problem
}

function valueOf(text: string) {
  const json = parseStrictJson(text)
  if (!json.ok) throw new Error(json.problem)
  return json.value
}

describe('parseStrictJson', () => {
  it('reads what JSON.parse reads', () => {
    const text = '{"a":[1,-0.5e3,true,null,{"b":"c"}],"d":{"e":{}},"":"", "\\u0061b":"\\"\\\\:\\/"}'
    expect(valueOf(text)).toEqual(JSON.parse(text))
  })

  it('does not take colons, quotes and braces in strings for members', () => {
    for (const text of [
      '{"a":":"}',
      '{"a:b":"c:d"}',
      '{"a":"\\":\\""}',
      '{"a":"\\\\"}',
      '{"a\\\\\\"":"\\\\\\":"}',
      '{"{\\"b\\":1}":"{\\"b\\":1}"}',
    ]) {
      expect(valueOf(text), text).toEqual(JSON.parse(text))
    }
  })

  it('finds a repetition that only the unescaped names show (ST-37)', () => {
    for (const text of ['{"a":1,"a":1}', '{"a":1,"\\u0061":1}', '{"\\/":1,"/":1}', '{"x":[{"a":1,"b":{},"a":2}]}', '{"":1,"":2}']) {
      expect(problemOf(text), text).toBe('duplicate_member')
    }
  })

  it('lets the same name stand in different objects', () => {
    expect(problemOf('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}')).toBeUndefined()
  })

  it('bounds the depth', () => {
    const lists = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    for (const nested of [lists, objects]) {
      expect(problemOf(nested(maxJsonDepth))).toBeUndefined()
      expect(problemOf(nested(maxJsonDepth + 1))).toBe('too_deep')
    }
    expect(problemOf(lists(8000))).toBe('too_deep')
  })

  it('bounds the members over all objects, and not the elements of lists', () => {
    const members = (count: number) => Array.from({ length: count }, (_, index) => `"m${index}":1`).join(',')
    expect(problemOf(`{${members(maxJsonMembers)}}`)).toBeUndefined()
    expect(problemOf(`{${members(maxJsonMembers + 1)}}`)).toBe('too_many_members')
    expect(problemOf(`{"a":{${members(100)}},"b":{${members(99)}}}`)).toBe('too_many_members')
    expect(problemOf(`{"a":[${'1,'.repeat(1000)}1]}`)).toBeUndefined()
  })

  it('rejects lone surrogates in values and names, and takes pairs', () => {
    expect(valueOf('{"a":"\\ud83d\\ude00"}')).toEqual({ a: '😀' })
    for (const text of ['{"a":"\\ud800"}', '{"\\udc00":1}', '{"a":["\\uDBFFx"]}', '{"a":"\\ude00\\ud83d"}'])
      expect(problemOf(text), text).toBe('bad_json')
  })

  it('drops __proto__ at every level and pollutes nothing (ST-38)', () => {
    const value = valueOf('{"__proto__":{"x":1},"a":{"__proto__":{"x":1},"b":2},"constructor":{"prototype":{"x":1}},"toString":"t"}')
    expect(Object.keys(value)).toEqual(['a', 'constructor', 'toString'])
    expect(Object.keys(value['a'] as object)).toEqual(['b'])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    expect(value['x']).toBeUndefined()
    expect((value['a'] as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('gives objects without prototype, so that a name finds only what the text says (ST-38)', () => {
    const value = valueOf('{"a":{}}')
    for (const object of [value, value['a'] as Record<string, unknown>]) {
      expect(Object.getPrototypeOf(object)).toBeNull()
      for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) expect(object[name]).toBeUndefined()
    }
  })

  it('rejects whatever is no object', () => {
    for (const text of ['', '1', 'null', '[]', '[{}]', '"{}"', '{} {}', '{"a":1e}']) expect(problemOf(text), text).toBe('bad_json')
  })
})
