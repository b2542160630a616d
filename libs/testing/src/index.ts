// Owns what tests of several projects need and production never does: private servers, keys, forged tokens, builders,
// a provider that misbehaves as told. Everything is real: no mock of our own ports, none of a cryptographic library.
// It must not know any service or library but contracts, oauth and local-stack; only tests may import it.
export { FIXED_NOW, FIXED_NOW_MS, FIXED_NOW_SECONDS, type FixedClock, fixedClock } from './clock/fixed-clock.js'
export { aBinding, aCredential, anApplication, aSubscription } from './feed/application-value.js'
export { loseDatabase } from './databases/lose-database.js'
export { entryHistory, type EntryHistoryOptions, seededRandom, shuffled } from './feed/entry-history.js'
export { feedEntry, type FeedEntryOptions } from './feed/feed-entry.js'
export {
  aKeySet,
  anAdminClient,
  anApi,
  anIdp,
  anOrganization,
  aRevocation,
  aSecretDigest,
  TEST_CLIENT_SECRET,
  TEST_KEY_SOURCE,
  TEST_PEPPER,
} from './feed/feed-values.js'
export { IDS } from './feed/fixed-ids.js'
export { aSigningKey, thumbprint } from './feed/signing-key-value.js'
export { type HttpAnswer, httpRequest, type HttpRequestOptions } from './http/http-request.js'
export { rawHttp, type RawHttpAnswer, type RawHttpOptions, type RawPart } from './http/raw-http.js'
export { jwsSignature, signedBy, type Signer } from './keys/jws-signature.js'
export { foundRocaJwk, rocaKey } from './keys/roca-key.js'
export { type TestAlgorithm, type TestJwk, testKey, type TestKey, testKeyOf, type TestKeyOptions } from './keys/test-key.js'
export { type UnusableKey, type UnusableKeyKind, unusableKeys } from './keys/unusable-keys.js'
export { startNatsCluster, type TestNatsCluster, type TestNatsClusterOptions, type TestNatsNode } from './nats-server/start-nats-cluster.js'
export { startNatsServer, type TestNatsServer, type TestNatsServerOptions } from './nats-server/start-nats-server.js'
export { stopProcess } from './nats-server/stopped-process.js'
export { freePort } from './network/free-port.js'
export { type ProxyMode, startTcpProxy, type TcpProxy } from './network/tcp-proxy.js'
export { type CapturedLine, type CapturedLogs, captureLogs, type LogLevel } from './observing/captured-logs.js'
export { eventually, type EventuallyOptions } from './observing/eventually.js'
export { type FoundSecret, type SecretForm, secretScan } from './observing/secret-scan.js'
export {
  type Answer,
  answersDrop,
  answersEndlessly,
  answersLater,
  answersRaw,
  answersWith,
  answersWithGzipBomb,
  answersWithJsonText,
  hangsUp,
  hangsUpAfter,
  neverAnswers,
  type ReceivedRequest,
  redirectsTo,
} from './provider/answers.js'
export { type HostileIdp, hostileIdp, type HostileIdpOptions } from './provider/hostile-idp.js'
export { ScriptedServer, type ScriptedServerOptions } from './provider/scripted-server.js'
export { type TestCa, testCa, type TestCertificateOptions } from './provider/test-ca.js'
export { type TlsChoice } from './provider/tls-choice.js'
export { bitFlipped, derSignedBy, hmacBy, nonCanonical, type RawJwt, rawJwt, type SegmentContent, tamperedWith } from './tokens/raw-jwt.js'
export { aSubjectToken, ISSUER_A, ISSUER_B, keyA, keyB, type SubjectTokenOptions, TEST_AUDIENCE } from './tokens/subject-token.js'
