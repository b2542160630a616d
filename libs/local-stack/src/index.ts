// Owns what a stack on one machine needs besides the services themselves: a nats-server, and their life as processes.
// What cannot be found or started comes back as one sentence that says what to do.
// It must not know what the services do or their databases; of their messages only who may send and receive them.
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
  type NatsUser,
  writeNatsServerConfig,
} from './nats-server/nats-server.config.js'
export { natsServerVersion } from './nats-server/nats-server.version.js'
export { onInterrupt } from './process/interrupts.js'
export { freePort, isPortFree } from './process/ports.js'
export { type Child, type ChildCommand, type ChildEnd, Supervisor } from './process/supervisor.js'
export { type DataDirectory, openDataDirectory } from './stack/data-directory.js'
export { natsCredentialsOf, natsUsersOf } from './stack/nats-users.js'
export { askReady, type ReadinessWait, type ReadyAnswer, waitUntilReady } from './stack/readiness.js'
export { assertBuilt, serviceCommand, type ServiceEnvironment, serviceEnvironment } from './stack/service-process.js'
export { environmentOf, portsFrom, STACK_SERVICES, type StackOptions, type StackPorts, type StackService } from './stack/stack-options.js'
export { type StackSecrets, stackSecrets } from './stack/stack-secrets.js'
export { StackFailure } from './stack/stack-failure.js'
export { type AdminCredential, endSentence, type RunningStack, serviceUrls, startStack } from './stack/start-stack.js'
export { workspaceRoot } from './stack/workspace-root.js'
