import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { secretScan } from '@cambio/testing'

import { type Evidence, type Finding, PUBLISHED_KINDS } from './evidence.js'

/** Of so many secrets every encoding is searched for as well; of all others what they begin with. */
const SCANNED = 40

/** How every client secret begins (docs/protocol.md), and a signed token whose signature is there too. */
const recognisable = /cmb_[A-Za-z0-9_-]{16,}|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{16,}/

/** Searches the messages of all buckets and all logs for the secrets of a run (EV-17). What was found is not shown. */
export function findSecrets({ buckets }: Pick<Evidence, 'buckets'>, logDirectory: string, secrets: readonly string[]): Finding[] {
  const sample = [...secrets.slice(0, SCANNED / 2), ...secrets.slice(-SCANNED / 2)]
  const places = [
    ...PUBLISHED_KINDS.map((kind) => ({ place: `the bucket of ${kind}`, text: textOf(buckets[kind]) })),
    ...readdirSync(logDirectory).map((name) => ({ place: name, text: readFileSync(join(logDirectory, name), 'latin1') })),
  ]
  return places.flatMap(({ place, text }): Finding[] => {
    const found = secretScan(text, sample).map(({ index, form }) => `secret ${index} (${form})`)
    if (recognisable.test(text)) found.push('something that begins as a secret does')
    return found.map((what) => ({ code: 'secret found', detail: `${what} in ${place}` }))
  })
}

const textOf = (states: Evidence['buckets'][keyof Evidence['buckets']]): string => [...states.values()].map(({ text }) => text).join('\n')
