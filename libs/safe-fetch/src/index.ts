// Owns: every outgoing request to an address that somebody typed, and the policy that says which addresses those may be.
// Must not know: tenants, identity providers, what a fetched document means, Nest, where configuration comes from.
// Entry points: parseFetchAllow, createAddressPolicy, createSafeFetcher, parseJsonDocument.
export { AddressPolicy, type AddressPolicyOptions, createAddressPolicy } from './address-policy.js'
export { parseFetchAllow, type FetchAllowList } from './fetch-allow.js'
export {
  publicTexts,
  type FetchFailure,
  type FetchFailureCode,
  type FetchRefusal,
  type NotMetadata,
  type UnusableAnswer,
} from './fetch-failure.js'
export { parseJsonDocument, type JsonDocument } from './json-document.js'
export { type ResolveHost } from './host-resolver.js'
export { type AnswerHeaders } from './http-answer.js'
export { type Result } from './result.js'
export { createSafeFetcher, SafeFetcher, type FetchedDocument, type GetJsonOptions, type SafeFetcherOptions } from './safe-fetcher.js'
