// Owns what a stack on one machine needs besides the services themselves: a nats-server, and their life as processes.
// What cannot be found or started comes back as one sentence that says what to do.
// It must not know what the services do, their messages or their databases.
export {
  findNatsServer,
  type FindNatsServerOptions,
  type NatsServerFinding,
  type NatsServerSource,
} from './nats-server/nats-server.finder.js'
export {
  NATS_MAX_PAYLOAD_BYTES,
  natsServerArguments,
  natsServerConfig,
  type NatsServerConfig,
  writeNatsServerConfig,
} from './nats-server/nats-server.config.js'
