// Owns what tests of several projects need and production never does: private servers, keys, forged tokens, builders,
// a provider that misbehaves as told. Everything is real: no mock of our own ports, none of a cryptographic library.
// It must not know any service or library but contracts, oauth and local-stack; only tests may import it.
export { freePort } from './network/free-port.js'
export { startNatsServer, type TestNatsServer, type TestNatsServerOptions } from './nats-server/start-nats-server.js'
