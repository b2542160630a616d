import { ApisProjection } from './apis.projection.js'
import { ClientsProjection } from './clients.projection.js'
import { IssuersProjection } from './issuers.projection.js'
import { KeySetsProjection } from './key-sets.projection.js'
import { OrganizationsProjection } from './organizations.projection.js'

/** Everything that a decision reads, in memory; each part follows one kind of the configuration feed. */
export class Directory {
  readonly organizations = new OrganizationsProjection()
  readonly clients = new ClientsProjection()
  readonly issuers = new IssuersProjection()
  readonly keySets = new KeySetsProjection()
  readonly apis = new ApisProjection()
}
