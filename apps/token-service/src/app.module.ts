import { feedConfirmController, FeedOwners } from '@cambio/messaging'
import { AdminTrust, Metrics, MutationAudit, Readiness } from '@cambio/service-kit'
import { AuditLog, type Store } from '@cambio/store'
import { type DynamicModule, Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'

import { AuditHttpController } from './audit/audit.http.controller.js'
import { DecisionLog } from './audit/decision-log.js'
import { ClientsProjection } from './directory/clients.projection.js'
import { MetadataDocument, MetadataHttpController } from './metadata/metadata.http.controller.js'
import { type ServerMetadata } from './metadata/server-metadata.js'
import { FirstSigningKey } from './signing-keys/first-signing-key.js'
import { SigningKeysHttpController } from './signing-keys/signing-keys.http.controller.js'
import { SigningKeysProjection } from './signing-keys/signing-keys.projection.js'
import { HandleTokenRequest } from './token-endpoint/handle-token-request.js'
import { TokenHttpController } from './token-endpoint/token.http.controller.js'

/** The parts that `composeTokenService` has put together. */
export interface TokenServiceParts {
  readonly tokens: HandleTokenRequest
  readonly signingKeys: SigningKeysProjection
  readonly clients: ClientsProjection
  readonly decisions: DecisionLog
  readonly store: Store
  readonly trust: AdminTrust
  readonly mutationAudit: MutationAudit
  readonly owners: FeedOwners
  readonly metadata: ServerMetadata
  readonly firstKey: FirstSigningKey
}

const PARTS = Symbol('parts of the token service')

/** The composition root as Nest sees it: every part is made already; Nest routes to them and tells them when to start and stop. */
@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(PARTS) private readonly parts: TokenServiceParts,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  static with(parts: TokenServiceParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        TokenHttpController,
        MetadataHttpController,
        SigningKeysHttpController,
        AuditHttpController,
        feedConfirmController('token-service'),
      ],
      providers: [
        { provide: PARTS, useValue: parts },
        { provide: HandleTokenRequest, useValue: parts.tokens },
        { provide: ClientsProjection, useValue: parts.clients },
        { provide: SigningKeysProjection, useValue: parts.signingKeys },
        { provide: AuditLog, useValue: parts.store.audit() },
        { provide: MutationAudit, useValue: parts.mutationAudit },
        { provide: AdminTrust, useValue: parts.trust },
        { provide: FeedOwners, useValue: parts.owners },
        { provide: MetadataDocument, useValue: { value: parts.metadata } },
      ],
    }
  }

  onApplicationBootstrap(): void {
    const { decisions, firstKey, signingKeys } = this.parts
    // The store is not asked: tokens are issued without it.
    this.readiness.register({
      name: 'signing-key',
      missing: () => (signingKeys.signerAt(Date.now()) === undefined ? ['a signing key'] : []),
    })
    this.metrics.gauge('cambio_decisions_waiting', 'Decisions that wait to be recorded.', () => decisions.status().waiting)
    this.metrics.gauge(
      'cambio_decisions_dropped',
      'Decisions that could not be recorded since the start.',
      () => decisions.status().dropped,
    )
    decisions.start()
    firstKey.start()
  }

  async onApplicationShutdown(): Promise<void> {
    this.parts.firstKey.stop()
    await this.parts.decisions.stop()
    await this.parts.store.close()
  }
}
