import { createSecretKey } from 'node:crypto'
import { grantTypes } from '@cambio/oauth'
import {
  Admission,
  adminTrustOf,
  type Configuration,
  type Log,
  MutationAudit,
  type ServiceComposition,
  ServiceFeed,
} from '@cambio/service-kit'
import { type Store, StoreUnavailable } from '@cambio/store'

import { AppModule } from './app.module.js'
import { DecisionLog } from './audit/decision-log.js'
import { Directory } from './directory/directory.js'
import { DirectoryReadiness } from './directory/directory-readiness.js'
import { followDirectory } from './directory/follow-directory.js'
import { ClientCredentialsGrant } from './grants/client-credentials/client-credentials.grant.js'
import { TokenExchangeGrant } from './grants/token-exchange/token-exchange.grant.js'
import { AccessTokenIssuer } from './issuing/issue-access-token.js'
import { serverMetadata } from './metadata/server-metadata.js'
import { signingKeyDocuments } from './signing-keys/signing-keys.store.js'
import { SigningKeysProjection } from './signing-keys/signing-keys.projection.js'
import { FirstSigningKey } from './signing-keys/first-signing-key.js'
import { HandleTokenRequest } from './token-endpoint/handle-token-request.js'
import { oauthRenderer } from './token-endpoint/oauth-renderer.js'
import { RegistryKeyRefresher } from './trust/registry-key-refresher.js'
import { StoredTokenUse } from './trust/stored-token-use.js'
import { UncountedKeyRefresher, UncountedTokenUse } from './trust/uncounted-waits.js'

/** What a client is told to wait when the store does not answer. */
const STORE_RETRY_SECONDS = 5

/**
 * Puts the token service together: memory that follows the feed, the grants over it, and the pipeline over the grants.
 * Nothing here waits for NATS, and of the store only the administrators' side and two named exceptions of an exchange do.
 */
export async function composeTokenService(
  configuration: Configuration<'token-service'>,
  log: Log,
  store: Store,
): Promise<ServiceComposition<'token-service'>> {
  const { issuer: ownIssuer, signingAlgorithm } = configuration
  const keyEncryptionKey = configuration.keyEncryptionKey.reveal()
  const feed = await ServiceFeed.open({ service: 'token-service', configuration, log })
  const signingKeys = new SigningKeysProjection(keyEncryptionKey, (kid) => {
    log.error({ kid }, 'CAMBIO_KEY_ENCRYPTION_KEY does not open this signing key, so it signs nothing')
  })
  const directory = new Directory()
  const admission = new Admission({ targetMs: configuration.overloadTargetMs })
  const keySets = followDirectory(feed, directory, signingKeys)
  const keyDocuments = store.collection(signingKeyDocuments)
  const keyOwner = feed.own({
    kind: 'signing-keys',
    collection: keyDocuments,
    leases: store.leases(),
    toFeedValue: ({ value }) => value,
  })
  const decisions = new DecisionLog(store.audit(), {
    writer: feed.replicaName,
    onState: (state, error) => {
      if (state === 'failing') log.error({ error }, 'decisions cannot be recorded and wait in memory')
      else log.info({}, 'decisions are recorded again')
    },
  })
  const exchange = new TokenExchangeGrant({
    directory,
    ownIssuer,
    keyRefresher: new UncountedKeyRefresher(new RegistryKeyRefresher(feed.rpc, (entry) => void keySets.offer(entry)), admission),
    tokenUse: new UncountedTokenUse(new StoredTokenUse(store.singleUse()), admission),
    nowMs: Date.now,
  })
  const tokens = new HandleTokenRequest({
    grants: new Map([exchange, new ClientCredentialsGrant(directory)].map((grant) => [grant.grantType as string, grant])),
    readiness: new DirectoryReadiness(() => feed.states()),
    clients: directory.clients,
    issuer: new AccessTokenIssuer(ownIssuer, signingKeys),
    decisions,
    pepper: createSecretKey(configuration.pepper.reveal()),
    nowMs: Date.now,
  })
  return {
    feed,
    module: AppModule.with({
      tokens,
      clients: directory.clients,
      signingKeys,
      decisions,
      store,
      trust: adminTrustOf(feed, ownIssuer),
      mutationAudit: new MutationAudit(store.audit(), { writer: feed.replicaName }),
      owners: feed.owners,
      metadata: serverMetadata(ownIssuer, signingAlgorithm),
      firstKey: new FirstSigningKey({ documents: keyDocuments, owner: keyOwner, algorithm: signingAlgorithm, keyEncryptionKey, log }),
    }),
    api: {
      title: 'Cambio token service',
      version: '0.1.0',
      description: `Trades tokens of registered identity providers for access tokens. Grants: ${Object.values([grantTypes.tokenExchange, grantTypes.clientCredentials]).join(', ')}.`,
      securitySchemes: {
        oauthClient: { type: 'http', scheme: 'basic', description: 'Client id and secret, each form-encoded first (RFC 6749 §2.3.1).' },
      },
    },
    renderers: [oauthRenderer],
    admission,
    isUnavailable: (error) => (error instanceof StoreUnavailable ? { retryAfterSeconds: STORE_RETRY_SECONDS } : undefined),
  }
}
