import { type ProviderTokens, type RunningProvider } from '../provider/index.js'
import { type Caller } from './caller.js'
import { type Transcript } from './transcript.js'

/** The external provider as the journey knows it. */
export interface DemoProvider extends Pick<RunningProvider, 'issuer' | 'audience' | 'clientId'> {
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
