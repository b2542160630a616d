import { type ApplicationId } from '@cambio/contracts'
import { type Result } from '@cambio/store'

import { type Refusal } from '../refusals/refusal.js'

/** What admin clients need of applications. A port of this feature: an abstract class, to serve as injection token. */
export abstract class ApplicationNames {
  /** Ids of applications that a body names by id or name; refuses unknown ones with `reference_unknown` and their pointers. */
  abstract resolve(org: string, names: readonly string[]): Promise<Result<ApplicationId[], Refusal>>
}
