import { type GrantType } from '@cambio/oauth'

import { type Client } from '../directory/clients.projection.js'
import { type GrantDetail } from './grant.js'

/** What is known of a request while it goes through the pipeline; the more steps it passed, the more. */
export interface DecisionRecord {
  readonly requestId: string
  readonly atMs: number
  grantType?: GrantType
  client?: Client
  /** Whom the request claimed to be when authentication failed. */
  claimed?: Client
  detail?: GrantDetail
  /** `jti` of the issued token. */
  tokenId?: string
}
