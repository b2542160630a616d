import { inspect } from 'node:util'
import { TEST_AUDIENCE } from '@cambio/testing'

import { claims, goodClaims, goodHeader, signed, type SubjectTokenCase, token } from './subject-token-case.js'

/** A tenant that the Microsoft registration lists. */
export const LISTED_TENANT = '11111111-1111-1111-1111-111111111111'

const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'
const UNLISTED_TENANT = '22222222-2222-2222-2222-222222222222'

const ofTenant = (tid: string): string => `https://login.microsoftonline.com/${tid}/v2.0`

/** A payload in which one number is written as JSON's own printer would not. */
const written =
  (claim: string, text: string): SubjectTokenCase['token'] =>
  (nowSeconds) =>
    signed(goodHeader, (now) => JSON.stringify({ ...goodClaims(now), [claim]: 'HERE' }).replace('"HERE"', text))(nowSeconds)

const expiries: readonly (readonly [text: string, reason: string])[] = [
  ['"1"', 'expiry_invalid'],
  ['null', 'expiry_invalid'],
  ['[]', 'expiry_invalid'],
  ['true', 'expiry_invalid'],
  ['NaN', 'bad_json'],
  ['1e999', 'expiry_invalid'],
  ['1e20', 'expiry_invalid'],
  ['-1', 'expiry_invalid'],
]

const audiences: readonly (readonly [name: string, aud: unknown, reason: string])[] = [
  ['a list that is not of texts', ['x', 1, {}, TEST_AUDIENCE], 'audience_invalid'],
  ['a nested list', [[TEST_AUDIENCE]], 'audience_invalid'],
  ['an object', { aud: TEST_AUDIENCE }, 'audience_invalid'],
  ['a trailing slash', `${TEST_AUDIENCE}/`, 'audience_not_allowed'],
  ['upper case', TEST_AUDIENCE.toUpperCase(), 'audience_not_allowed'],
  ['a longer one', `${TEST_AUDIENCE}X`, 'audience_not_allowed'],
]

/** Correctly signed tokens whose claims do not do. */
export const claimsCases: readonly SubjectTokenCase[] = [
  ...expiries.map(([text, reason]): SubjectTokenCase => ({
    id: 'ST-16',
    name: `exp ${text}`,
    reason: `subject_token.${reason}`,
    token: written('exp', text),
  })),
  { id: 'ST-16', name: 'no exp', reason: 'subject_token.expiry_missing', token: claims(() => ({ exp: undefined })) },
  { id: 'ST-17', name: 'exp 31 s ago', reason: 'subject_token.expired', token: claims((now) => ({ iat: now - 300, exp: now - 31 })) },
  { id: 'ST-19', name: 'iat in 35 s', reason: 'subject_token.issued_in_future', token: claims((now) => ({ iat: now + 35 })) },
  {
    id: 'ST-19',
    name: 'iat after exp',
    reason: 'subject_token.issued_after_expiry',
    token: claims((now) => ({ iat: now + 10, exp: now + 5 })),
  },
  { id: 'ST-19', name: 'iat over an hour ago', reason: 'subject_token.too_old', token: claims((now) => ({ iat: now - 3_640 })) },
  { id: 'ST-19', name: 'a life of over a day', reason: 'subject_token.lifetime_too_long', token: claims((now) => ({ exp: now + 86_410 })) },
  { id: 'ST-20', name: 'nbf in 35 s', reason: 'subject_token.not_yet_valid', token: claims((now) => ({ nbf: now + 35 })) },
  { id: 'ST-20', name: 'nbf -1e999', reason: 'subject_token.not_before_invalid', token: written('nbf', '-1e999') },
  { id: 'ST-22', name: 'no aud', reason: 'subject_token.audience_missing', token: claims(() => ({ aud: undefined })) },
  { id: 'ST-22', name: 'an empty list as aud', reason: 'subject_token.audience_missing', token: claims(() => ({ aud: [] })) },
  {
    id: 'ST-22',
    name: 'a Cognito access token of another client',
    reason: 'subject_token.audience_not_allowed',
    type: 'access_token',
    token: token({ issuer: 'https://cognito.test', claims: { aud: undefined, token_use: 'access', client_id: 'another' } }),
  },
  {
    id: 'ST-23',
    name: 'aud of another application',
    reason: 'subject_token.audience_not_allowed',
    token: claims(() => ({ aud: 'another-app' })),
  },
  ...audiences.map(([name, aud, reason]): SubjectTokenCase => ({
    id: 'ST-25',
    name: `aud as ${name}`,
    reason: `subject_token.${reason}`,
    token: claims(() => ({ aud })),
  })),
  {
    id: 'ST-31',
    name: 'a tenant that is not listed',
    reason: 'idp.unknown_issuer',
    token: token({ issuer: ofTenant(UNLISTED_TENANT), claims: { tid: UNLISTED_TENANT } }),
  },
  {
    id: 'ST-31',
    name: 'a listed tenant’s issuer with another tid',
    reason: 'subject_token.tenant_not_allowed',
    token: token({ issuer: ofTenant(LISTED_TENANT), claims: { tid: UNLISTED_TENANT, ver: '2.0', scp: 'x' } }),
  },
  {
    id: 'ST-31',
    name: 'the issuer of version 1',
    reason: 'idp.unknown_issuer',
    token: token({ issuer: `https://sts.windows.net/${LISTED_TENANT}/`, claims: { tid: LISTED_TENANT } }),
  },
  {
    id: 'ST-31',
    name: 'the tenant of personal accounts',
    reason: 'idp.unknown_issuer',
    token: token({ issuer: ofTenant(PERSONAL_TENANT), claims: { tid: PERSONAL_TENANT } }),
  },
  {
    id: 'ST-34',
    name: 'at+jwt sent as an ID token',
    reason: 'subject_token.wrong_kind',
    type: 'id_token',
    token: token({ issuer: 'https://id-tokens.test', header: { typ: 'at+jwt' } }),
  },
  { id: 'ST-34', name: 'an ID token sent as an access token', reason: 'subject_token.wrong_kind', type: 'access_token', token: token({}) },
  {
    id: 'ST-34',
    name: 'an ID token where the registration does not take them',
    reason: 'subject_token.type_not_accepted',
    type: 'id_token',
    token: token({}),
  },
  { id: 'ST-34', name: 'a DPoP proof', reason: 'subject_token.typ_not_allowed', token: token({ header: { typ: 'dpop+jwt' } }) },
  {
    id: 'ST-34',
    name: 'a logout token',
    reason: 'subject_token.not_a_subject_token',
    token: claims(() => ({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })),
  },
  {
    id: 'ST-52',
    name: 'a required claim of another value',
    reason: 'subject_token.required_claim_not_met',
    token: token({ issuer: 'https://required.test', claims: { repository_owner: 'evil' } }),
  },
  {
    id: 'ST-52',
    name: 'a required claim that is missing',
    reason: 'subject_token.required_claim_not_met',
    token: token({ issuer: 'https://required.test' }),
  },
  {
    id: 'ST-52',
    name: 'a condition that this version cannot evaluate',
    reason: 'subject_token.condition_not_met',
    token: token({ issuer: 'https://condition.test' }),
  },
  {
    id: 'PO-17',
    name: 'GitHub, registered without a claim that names the owner',
    reason: 'subject_token.condition_required',
    token: token({ issuer: 'https://token.actions.githubusercontent.com' }),
  },
  ...[undefined, '', 1, null, ['alice'], 'x'.repeat(256), 'a\u0000b', 'a\nb'].map((sub): SubjectTokenCase => ({
    id: 'ST-32',
    name: `sub ${inspect(sub).slice(0, 12)}`,
    reason: 'subject_token.subject_invalid',
    token: claims(() => ({ sub })),
  })),
]
