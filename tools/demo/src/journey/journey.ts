import { type ProviderTokens } from '../provider/sign-in.js'
import { type Caller } from './caller.js'
import { type Transcript } from './transcript.js'

/** The external provider as the journey knows it. */
export interface DemoProvider {
  readonly issuer: string
  readonly audience: string
  /** The provider's client id of the user's application. */
  readonly clientId: string
  readonly signIn: () => Promise<ProviderTokens>
}

/** What every part of the journey has at hand. */
export interface Journey {
  readonly transcript: Transcript
  readonly caller: Caller
  readonly provider: DemoProvider
  /** Whether a token verifies against the token service's published keys, by a library that is not ours. */
  readonly verify: (token: string) => Promise<boolean>
  /** Tries for a second. */
  readonly eventually: (attempt: () => Promise<boolean>) => Promise<boolean>
}
