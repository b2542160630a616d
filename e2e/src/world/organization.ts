import { type RunningProvider } from '@cambio/demo/provider'

import { type AdminApi, type AnswerBody } from './admin-api.js'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The keys of an application in one environment. */
export interface Client {
  readonly application: string
  readonly clientId: string
  readonly clientSecret: string
}

/** Makes organizations and what is in them, by the administrators' API alone; each method gives what was created. */
export class Organization {
  private constructor(
    readonly admin: AdminApi,
    readonly handle: string,
  ) {}

  static async create(admin: AdminApi, handle: string): Promise<Organization> {
    await admin.must('applications', 'POST', '/v1/orgs', { handle, name: `Organization ${handle}` })
    return new Organization(admin, handle)
  }

  path(rest: string): string {
    return `/v1/orgs/${this.handle}${rest}`
  }

  /** Registers a provider by its well-known URL; its scope `orders:read` gives the scope of the API `orders`. */
  async registerProvider(name: string, provider: RunningProvider, more: object = {}): Promise<AnswerBody> {
    return this.admin.must('idp-registry', 'POST', this.path('/identity-providers'), {
      name,
      type: 'generic',
      wellKnownUrl: `${provider.issuer}/.well-known/openid-configuration`,
      allowedAudiences: [provider.audience, provider.clientId],
      claims: { clientId: 'client_id', scopes: 'scope' },
      scopeMappings: [{ from: 'scope', value: 'orders:read', scopes: [`urn:${this.handle}:orders:read`] }],
      ...more,
    })
  }

  /** An API with the scopes `read` and `write`, published. */
  async publishApi(handle: string): Promise<AnswerBody> {
    const api = await this.admin.must('applications', 'POST', this.path('/apis'), {
      name: handle,
      handle,
      context: handle,
      version: 'v1',
      endpoints: { production: `https://${handle}.example` },
      scopes: [
        { name: 'read', description: `Read ${handle}` },
        { name: 'write', description: `Change ${handle}` },
      ],
    })
    await this.admin.must('applications', 'POST', this.path(`/apis/${handle}/publish`))
    return api
  }

  async createApplication(name: string, more: object = {}): Promise<AnswerBody> {
    return this.admin.must('applications', 'POST', this.path('/applications'), { name, ...more })
  }

  /** Generates production keys with both grants. */
  async generateKeys(application: string, more: object = {}): Promise<Client> {
    const keys = await this.admin.must('applications', 'POST', this.path(`/applications/${application}/keys/production`), {
      grantTypes: ['client_credentials', TOKEN_EXCHANGE],
      ...more,
    })
    return { application, clientId: keys.clientId, clientSecret: keys.clientSecret }
  }

  async subscribe(application: string, api: string): Promise<AnswerBody> {
    return this.admin.must('applications', 'POST', this.path(`/applications/${application}/subscriptions`), { api })
  }
}
