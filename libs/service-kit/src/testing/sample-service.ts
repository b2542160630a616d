import { type AdminClientValue, type OrganizationId, PLATFORM } from '@cambio/contracts'
import { anAdminClient, anOrganization, feedEntry, FIXED_NOW_MS, IDS } from '@cambio/testing'
import { Body, Controller, Delete, Get, Module, Param, Patch, Post, Query, Res, type DynamicModule } from '@nestjs/common'
import { type FastifyReply } from 'fastify'
import { z } from 'zod'

import {
  AdminTrust,
  type AdminTrustOptions,
  type AdminCaller,
  Answers,
  applyMergePatch,
  Audited,
  AuthenticatesItself,
  Caller,
  type Configuration,
  createLog,
  IdempotencyRecords,
  type IdempotencyRecordStore,
  Idempotent,
  type IfMatch,
  IfMatchHeader,
  invalidContent,
  matchesRevision,
  MutationAudit,
  type MutationBatch,
  type MutationLog,
  type MutationRecord,
  Org,
  type OrganizationRef,
  pageSchema,
  parseConfiguration,
  problem,
  ProblemError,
  Public,
  RequiresScope,
  resourceMembers,
  type RunningService,
  type SearchQuery,
  searchQuerySchema,
  type ServiceOptions,
  startService,
} from '../index.js'
import { ISSUER, signingKey } from './admin-tokens.js'

const contentSchema = z.strictObject({
  name: z.string().min(1).max(20),
  size: z.int().min(1).optional(),
  tags: z.array(z.string()).optional(),
})
const thingSchema = z.object({ ...resourceMembers, ...contentSchema.shape }).meta({ id: 'Thing' })
const patchSchema = contentSchema.partial().extend({ size: z.int().min(1).nullable().optional() })
type Thing = z.infer<typeof thingSchema>

const idSchema = z.string().regex(/^thing-\d+$/)
const at = '2026-11-01T10:00:00.000Z'

/** Things of organizations, as a service would have them: every trait that this library offers, with real behaviour. */
@Controller('/v1/orgs/:org/things')
export class ThingsHttpController {
  readonly things = new Map<string, Thing>()

  @Get()
  @RequiresScope('idps:read')
  @Answers({ summary: 'List things', answer: pageSchema(thingSchema) })
  list(@Org() org: OrganizationRef, @Query({ schema: searchQuerySchema }) query: SearchQuery) {
    const mine = [...this.things].filter(([key]) => key.startsWith(`${org.id}/`)).map(([, thing]) => thing)
    return { items: mine.slice(0, query.limit), nextCursor: null }
  }

  @Post()
  @Audited('thing.create')
  @Idempotent()
  @RequiresScope('idps:write')
  @Answers({ summary: 'Make a thing', status: 201, answer: thingSchema, problems: ['name_exists'] })
  make(
    @Org() org: OrganizationRef,
    @Body({ schema: contentSchema }) body: z.infer<typeof contentSchema>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Thing {
    const named = [...this.things.values()].find(({ name }) => name === body.name)
    if (named !== undefined) throw problem('name_exists', { detail: 'Another thing has this name.', members: { other: named.id } })
    const thing = { id: `thing-${this.things.size + 1}`, rev: 1, createdAt: at, updatedAt: at, ...body }
    this.things.set(`${org.id}/${thing.id}`, thing)
    void reply.header('location', `/v1/orgs/${org.handle}/things/${thing.id}`)
    return thing
  }

  @Get(':id')
  @RequiresScope('idps:read')
  @Answers({ summary: 'Get a thing', answer: thingSchema })
  get(@Org() org: OrganizationRef, @Param('id', { schema: idSchema }) id: string): Thing {
    const thing = this.things.get(`${org.id}/${id}`)
    if (thing === undefined) throw problem('not_found')
    return thing
  }

  @Patch(':id')
  @Audited('thing.change')
  @RequiresScope('idps:write')
  @Answers({ summary: 'Change a thing', answer: thingSchema })
  patch(
    @Org() org: OrganizationRef,
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: patchSchema }) body: z.infer<typeof patchSchema>,
    @IfMatchHeader() ifMatch: IfMatch,
  ): Thing {
    const { rev, createdAt, updatedAt, id: same, ...content } = this.get(org, id)
    if (!matchesRevision(ifMatch, rev)) throw problem('stale_revision')
    const next = contentSchema.safeParse(applyMergePatch(content, body))
    if (!next.success) throw new ProblemError(invalidContent(next.error.issues))
    const thing = { ...next.data, id: same, rev: rev + 1, createdAt, updatedAt }
    this.things.set(`${org.id}/${id}`, thing)
    return thing
  }

  @Delete(':id')
  @Audited('thing.delete')
  @RequiresScope('idps:write')
  @Answers({ summary: 'Delete a thing', status: 204 })
  remove(@Org() org: OrganizationRef, @Param('id', { schema: idSchema }) id: string, @IfMatchHeader() ifMatch: IfMatch): void {
    if (!matchesRevision(ifMatch, this.get(org, id).rev)) throw problem('stale_revision')
    this.things.delete(`${org.id}/${id}`)
  }
}

const oauthErrorSchema = z.object({ error: z.string(), error_description: z.string() })

/** Addresses outside of organizations. */
@Controller()
export class SampleHttpController {
  @Get('/v1/callers/me')
  @RequiresScope('idps:read')
  @Answers({ summary: 'Who calls', answer: z.looseObject({}) })
  me(@Caller() { clientId, role, organization, scopes, applications }: AdminCaller) {
    return {
      clientId,
      role,
      organization: organization ?? null,
      scopes: [...scopes],
      applications: applications === undefined ? null : [...applications],
    }
  }

  @Get('/v1/keys')
  @RequiresScope('keys:read', { platform: true })
  @Answers({ summary: 'Keys', answer: z.looseObject({}) })
  keys() {
    return { keys: [] }
  }

  @Post('/oauth2/token')
  @AuthenticatesItself()
  @Answers({
    summary: 'A token',
    answer: z.looseObject({}),
    form: z.object({ grant_type: z.string() }).meta({ id: 'SampleForm' }),
    ownErrors: { 400: oauthErrorSchema, 503: oauthErrorSchema },
  })
  token(@Body({ schema: z.string().default('') }) form: string) {
    return { form }
  }

  @Get('/fails/:how')
  @Public()
  @Answers({ summary: 'Fails', answer: z.string(), problems: ['unavailable'] })
  fail(@Param('how', { schema: z.enum(['internally', 'as-unavailable', 'slowly']) }) how: string): unknown {
    if (how === 'slowly') return new Promise((resolve) => setTimeout(resolve, 700, 'done'))
    if (how === 'internally') throw new Error('the secret cmb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAv5wfQg is in here')
    throw Object.assign(new Error('disk is full'), { code: 'store_unavailable' })
  }
}

/** Idempotency records in memory, with the atomicity that one process gives. */
export class MemoryIdempotency implements IdempotencyRecordStore {
  readonly records = new Map<string, { fingerprint: string; claim: string; answer?: Uint8Array }>()

  async claim({ key, fingerprint }: { key: string; fingerprint: string }) {
    const record = this.records.get(key)
    if (record === undefined) {
      const claim = `claim-${this.records.size}`
      this.records.set(key, { fingerprint, claim })
      return { state: 'claimed', claim } as const
    }
    if (record.answer === undefined) return { state: 'pending', fingerprint: record.fingerprint } as const
    return { state: 'done', fingerprint: record.fingerprint, answer: record.answer } as const
  }

  async complete(key: string, claim: string, answer: Uint8Array): Promise<boolean> {
    const record = this.records.get(key)
    if (record?.claim !== claim) return false
    record.answer = answer
    return true
  }

  async release(key: string, claim: string): Promise<void> {
    if (this.records.get(key)?.claim === claim) this.records.delete(key)
  }
}

/** An audit log in memory, which can be told to fail. */
export class MemoryMutations implements MutationLog {
  readonly records: MutationRecord[] = []
  failure: Error | undefined

  async append(batch: MutationBatch): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    this.records.push(...batch.records)
  }
}

export const OTHER_ORGANIZATION = 'org_00000000000000000000000000000002' as OrganizationId

/** Knows organizations `t1` and `t2`, the signing key, and the given client (default: an owner of `t1`). */
export function aTrust(
  client: Partial<AdminClientValue> & { readonly org?: string } = {},
  options: Partial<AdminTrustOptions> = {},
): AdminTrust {
  const trust = new AdminTrust({ issuer: ISSUER, isReady: () => true, now: () => FIXED_NOW_MS, ...options })
  const { org = IDS.organization, ...value } = client
  trust.applySigningKey(feedEntry('signing-keys', signingKey()))
  trust.applyOrganization(feedEntry('organizations', anOrganization(), { id: IDS.organization }))
  trust.applyOrganization(feedEntry('organizations', anOrganization({ handle: 't2' }), { id: OTHER_ORGANIZATION }))
  trust.applyAdminClient(feedEntry('admin-clients', anAdminClient(value), { org: value.role === 'platform' ? PLATFORM : org }))
  return trust
}

export interface SampleService extends RunningService {
  readonly port: number
  /** Everything that was logged, as lines of JSON. */
  readonly logged: () => string
  readonly idempotency: MemoryIdempotency
  readonly mutations: MemoryMutations
}

/** The configuration of a service on any free port. */
export function aConfiguration(): Configuration<'idp-registry'> {
  const reading = parseConfiguration('idp-registry', { CAMBIO_SNAPSHOT_KEY: 'a'.repeat(64), CAMBIO_LOG_LEVEL: 'debug' })
  if (!reading.ok) throw new TypeError('the sample configuration is malformed')
  return { ...reading.configuration, idpRegistryPort: 0 }
}

@Module({})
class SampleModule {}

/** Starts the sample on a free port. */
export async function startSample(
  options: Partial<ServiceOptions<'idp-registry'>> & { readonly trust?: AdminTrust } = {},
): Promise<SampleService> {
  const lines: string[] = []
  const idempotency = new MemoryIdempotency()
  const mutations = new MemoryMutations()
  const module: DynamicModule = {
    module: SampleModule,
    controllers: [ThingsHttpController, SampleHttpController],
    providers: [
      { provide: AdminTrust, useValue: options.trust ?? aTrust() },
      { provide: IdempotencyRecords, useValue: new IdempotencyRecords(idempotency, Buffer.alloc(32, 7)) },
      { provide: MutationAudit, useValue: new MutationAudit(mutations, { writer: 'sample', now: () => new Date(FIXED_NOW_MS) }) },
    ],
  }
  const running = await startService({
    service: 'idp-registry',
    configuration: aConfiguration(),
    module,
    api: { title: 'Sample', version: '0.0.0' },
    log: createLog({ service: 'sample', level: 'debug', write: (line) => lines.push(line) }),
    isUnavailable: (error) =>
      error instanceof Error && 'code' in error && error.code === 'store_unavailable' ? { retryAfterSeconds: 3 } : undefined,
    ...options,
  })
  return { ...running, port: Number(new URL(running.url).port), logged: () => lines.join(''), idempotency, mutations }
}
