import { aSubjectToken, ISSUER_A, nonCanonical } from '@cambio/testing'

import { claims, goodClaims, goodHeader, signed, type SubjectTokenCase, token } from './subject-token-case.js'

const BAD_SEGMENTS = 'subject_token.bad_segments'
const BAD_BASE64 = 'subject_token.bad_base64url'

const segments = (nowSeconds: number): [string, string, string] => aSubjectToken({ nowSeconds }).split('.') as [string, string, string]

/** With a signature whose last character has bits to spare. */
const json = (changes: Readonly<Record<string, unknown>>) => (nowSeconds: number) =>
  JSON.stringify({ ...goodClaims(nowSeconds), ...changes })

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

/** Texts that are no token, or not one of one meaning. */
export const structureCases: readonly SubjectTokenCase[] = [
  { id: 'ST-01', name: 'one segment', reason: BAD_SEGMENTS, token: (now) => segments(now)[0] },
  { id: 'ST-01', name: 'two segments', reason: BAD_SEGMENTS, token: (now) => segments(now).slice(0, 2).join('.') },
  { id: 'ST-01', name: 'four segments', reason: BAD_SEGMENTS, token: (now) => `${segments(now).join('.')}.e30` },
  { id: 'ST-01', name: 'an empty header', reason: BAD_SEGMENTS, token: (now) => `.${segments(now).slice(1).join('.')}` },
  { id: 'ST-01', name: 'an empty payload', reason: BAD_SEGMENTS, token: (now) => segments(now).with(1, '').join('.') },
  { id: 'ST-01', name: 'an empty signature', reason: BAD_SEGMENTS, token: (now) => segments(now).with(2, '').join('.') },
  { id: 'ST-02', name: 'padding', reason: BAD_BASE64, token: (now) => `${aSubjectToken({ nowSeconds: now })}==` },
  { id: 'ST-02', name: 'a space before it', reason: BAD_BASE64, token: (now) => ` ${aSubjectToken({ nowSeconds: now })}` },
  { id: 'ST-02', name: 'a tab behind it', reason: BAD_BASE64, token: (now) => `${aSubjectToken({ nowSeconds: now })}\t` },
  { id: 'ST-02', name: 'a newline behind it', reason: BAD_BASE64, token: (now) => `${aSubjectToken({ nowSeconds: now })}\n` },
  { id: 'ST-02', name: 'the plain alphabet of base64', reason: BAD_BASE64, token: (now) => `${segments(now)[0]}.${segments(now)[1]}.a+b/` },
  {
    id: 'ST-02',
    name: 'a last character with stray bits',
    reason: BAD_BASE64,
    token: (now) => nonCanonical(aSubjectToken({ nowSeconds: now }), 2),
  },
  {
    id: 'ST-37',
    name: 'sub twice',
    reason: 'subject_token.duplicate_member',
    token: signed(goodHeader, (now) => json({})(now).replace('{', '{"sub":"bob",')),
  },
  {
    id: 'ST-37',
    name: 'sub twice, once escaped',
    reason: 'subject_token.duplicate_member',
    token: signed(goodHeader, (now) => json({})(now).replace('{', '{"\\u0073ub":"bob",')),
  },
  {
    id: 'ST-37',
    name: 'aud twice',
    reason: 'subject_token.duplicate_member',
    token: signed(goodHeader, (now) => json({})(now).replace('{', '{"aud":"x",')),
  },
  {
    id: 'ST-37',
    name: 'alg twice',
    reason: 'subject_token.duplicate_member',
    token: signed(JSON.stringify(goodHeader).replace('{', '{"alg":"none",'), json({})),
  },
  {
    id: 'ST-41',
    name: 'five segments, as an encrypted token has',
    reason: 'subject_token.encrypted',
    token: (now) => `${segments(now).join('.')}.e30.e30`,
  },
  {
    id: 'ST-43',
    name: 'an encrypted token with zip and a tag that does not fit',
    reason: 'subject_token.encrypted',
    token: () => `${Buffer.from('{"alg":"dir","enc":"A256GCM","zip":"DEF"}').toString('base64url')}..AAAA.${'A'.repeat(8_000)}.AAAA`,
  },
  {
    id: 'ST-46',
    name: '10,000 groups',
    reason: 'subject_token.too_large',
    token: claims(() => ({ groups: Array.from({ length: 10_000 }, () => 'g') })),
  },
  { id: 'ST-46', name: 'a claim of 40 kB', reason: 'subject_token.too_large', token: claims(() => ({ note: 'x'.repeat(40_000) })) },
  {
    id: 'ST-46',
    name: '300 members',
    reason: 'subject_token.too_many_members',
    token: claims(() => Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`c${n}`, n]))),
  },
  { id: 'ST-46', name: 'members nested 17 deep', reason: 'subject_token.too_deep', token: claims(() => ({ a: nested(17) })) },
  {
    id: 'ST-47',
    name: 'invalid UTF-8',
    reason: 'subject_token.bad_utf8',
    token: signed(goodHeader, (now) =>
      Buffer.concat([Buffer.from(json({ note: '' })(now).slice(0, -2)), Buffer.from([0xff]), Buffer.from('"}')]),
    ),
  },
  {
    id: 'ST-47',
    name: 'a byte order mark',
    reason: 'subject_token.bad_utf8',
    token: signed(goodHeader, (now) => `\ufeff${json({})(now)}`),
  },
  {
    id: 'ST-47',
    name: 'an overlong encoding of a quote',
    reason: 'subject_token.bad_utf8',
    token: signed(goodHeader, (now) =>
      Buffer.concat([Buffer.from(json({ note: '' })(now).slice(0, -2)), Buffer.from([0xc0, 0xa2]), Buffer.from('"}')]),
    ),
  },
  { id: 'ST-64', name: 'an opaque token', reason: BAD_SEGMENTS, token: () => 'gho_16C7e42F292c6912E7710c838347Ae178B4a' },
  {
    id: 'ST-64',
    name: 'a SAML assertion',
    reason: BAD_SEGMENTS,
    token: () => '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>',
  },
  { id: 'ST-64', name: 'a payload that is no object', reason: 'subject_token.bad_json', token: signed(goodHeader, () => '["alice"]') },
  { id: 'ST-32', name: 'iss as a list', reason: 'subject_token.issuer_invalid', token: claims(() => ({ iss: [ISSUER_A] })) },
  { id: 'ST-32', name: 'iss as a number', reason: 'subject_token.issuer_invalid', token: claims(() => ({ iss: 1 })) },
  { id: 'ST-32', name: 'no iss', reason: 'subject_token.issuer_invalid', token: claims(() => ({ iss: undefined })) },
  { id: 'ST-26', name: 'an issuer that nobody registered', reason: 'idp.unknown_issuer', token: token({ issuer: 'https://unknown.test' }) },
  ...[
    'https://idp-a.test/',
    'https://IDP-A.test',
    'https://idp-a.test:443',
    'https://idp%2Da.test',
    'https://xn--idp-a.test',
    'http://idp-a.test',
  ].map((issuer): SubjectTokenCase => ({
    id: 'ST-28',
    name: `an issuer that is nearly right, ${issuer}`,
    reason: 'idp.unknown_issuer',
    token: token({ issuer }),
  })),
]
