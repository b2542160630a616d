import { lookup } from 'node:dns/promises'
import { type AddressPolicy, hostOf } from './address-policy.js'
import { readIpAddress } from './address-ranges.js'
import { whenStopped } from './deadline.js'
import { type FetchFailure, fetchFailure } from './fetch-failure.js'
import { failed, type Result, success } from './result.js'

/** Answers every address of a host name, IPv4 and IPv6; rejects with an error whose `code` is `ENOTFOUND` or `ENODATA` where there is none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>

/** The system's resolver, hosts file included, so that a name means here what it means elsewhere on this machine. */
export const resolveBySystem: ResolveHost = async (host) => {
  const answers = await lookup(host, { all: true, order: 'verbatim' })
  return answers.map(({ address }) => address)
}

const nameHasNoAddress: readonly unknown[] = ['ENOTFOUND', 'ENODATA']

/**
 * The addresses that may be connected to for a URL: resolved once, and all of them good, or none is given. One bad answer refuses the name: whoever
 * mixes private answers among public ones wants a second connection to go astray.
 *
 * @param url what `AddressPolicy.checkUrl` has passed; its host may be a literal address that the operator opened
 * @param stop ends waiting; the resolver itself cannot be stopped and its late answer is dropped
 */
export async function resolveChecked(
  url: URL,
  { policy, resolveHost, stop }: { policy: AddressPolicy; resolveHost: ResolveHost; stop: AbortSignal },
): Promise<Result<readonly string[], FetchFailure>> {
  const host = hostOf(url)
  const answers = readIpAddress(host) === undefined ? await resolveUntil(host, resolveHost, stop) : success([host])
  if (!answers.ok) return answers
  if (answers.value.length === 0) return failed(fetchFailure('target_not_allowed', 'the name has no address'))
  const addresses = new Set<string>()
  for (const answer of answers.value) {
    const checked = policy.checkAddress(answer, url)
    if (!checked.ok) return checked
    addresses.add(checked.value.toString())
  }
  return success([...addresses])
}

function resolveUntil(host: string, resolveHost: ResolveHost, stop: AbortSignal): Promise<Result<readonly string[], FetchFailure>> {
  return new Promise((resolve) => {
    const release = whenStopped(stop, () => {
      resolve(failed(fetchFailure('unreachable', 'the name was not resolved in time')))
    })
    resolveHost(host)
      .then(success, (error: unknown) => failed(describeFailure(error)))
      .then(resolve, resolve)
      .finally(release)
  })
}

function describeFailure(error: unknown): FetchFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // Same code as for a private answer: a tenant must not be able to tell a name of the internal network from one that does not exist.
  if (nameHasNoAddress.includes(code)) return fetchFailure('target_not_allowed', 'the name has no address')
  return fetchFailure('unreachable', `the name could not be resolved: ${String(code)}`)
}
