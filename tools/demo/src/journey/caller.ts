import { type Transcript } from './transcript.js'

/** One call, in the words of the shell: `$NAME` in it stands for a variable. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Begins with a variable that holds a base URL. */
  readonly url: string
  readonly json?: unknown
  /** Form parameters in their order. */
  readonly form?: Readonly<Record<string, string>>
  /** The variable that holds an admin token. */
  readonly bearer?: string
  /** The variables that hold client id and secret. */
  readonly basic?: readonly [string, string]
  /** Which members of the answer are shown; default all. */
  readonly show?: readonly string[]
}

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Makes calls and tells for each the `curl` that repeats it. Values that change from run to run are shell variables. */
export class Caller {
  readonly #variables = new Map<string, string>()

  constructor(private readonly transcript: Transcript) {}

  /** Gives a shell variable its value. */
  set(name: string, value: string): void {
    this.#variables.set(name, value)
  }

  /** The variables as lines for a shell to source. */
  environment(): string {
    return [...this.#variables].map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`).join('')
  }

  async call(call: Call): Promise<Answer> {
    this.transcript.command(curl(call))
    const headers: Record<string, string> = {}
    if (call.bearer !== undefined) headers['authorization'] = `Bearer ${this.#expand(`$${call.bearer}`)}`
    if (call.basic !== undefined) {
      const pair = call.basic.map((name) => encodeURIComponent(this.#expand(`$${name}`))).join(':')
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
    }
    const response = await fetch(this.#expand(call.url), { method: call.method, headers, redirect: 'error', ...this.#body(call, headers) })
    const text = await response.text()
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
    this.transcript.answer(response.status, text === '' ? undefined : shown(body, call.show))
    return { status: response.status, body }
  }

  #body(call: Call, headers: Record<string, string>): { body?: string } {
    if (call.form !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded'
      const pairs = Object.entries(call.form).map(([name, value]): [string, string] => [name, this.#expand(value)])
      return { body: new URLSearchParams(pairs).toString() }
    }
    if (call.json === undefined) return {}
    headers['content-type'] = 'application/json'
    return { body: this.#expand(JSON.stringify(call.json)) }
  }

  #expand(text: string): string {
    return text.replaceAll(/\$([A-Z_]+)/g, (_whole, name: string) => {
      const value = this.#variables.get(name)
      if (value === undefined) throw new Error(`the journey has no $${name} yet`)
      return value
    })
  }
}

function shown(body: Readonly<Record<string, unknown>>, members: readonly string[] | undefined): unknown {
  const chosen = members === undefined ? Object.entries(body) : members.map((name) => [name, body[name]] as const)
  return Object.fromEntries(
    chosen.map(([name, value]) => [name, typeof value === 'string' && value.length > 200 ? `${value.slice(0, 60)}…` : value]),
  )
}

/** Variables expand inside double quotes only, so that is how every part with one is quoted. */
function curl(call: Call): string {
  const lines = [`curl -sS${call.method === 'GET' ? '' : ` -X ${call.method}`} ${quoted(call.url)}`]
  if (call.bearer !== undefined) lines.push(`-H "Authorization: Bearer $${call.bearer}"`)
  if (call.basic !== undefined) lines.push(`-u "$${call.basic[0]}:$${call.basic[1]}"`)
  for (const [name, value] of Object.entries(call.form ?? {})) lines.push(`--data-urlencode ${quoted(`${name}=${value}`)}`)
  if (call.json !== undefined) lines.push('-H "Content-Type: application/json"', `-d ${quoted(JSON.stringify(call.json))}`)
  return lines.join(' \\\n  ')
}

function quoted(text: string): string {
  return /\$[A-Z_]/.test(text) ? `"${text.replaceAll(/["\\`]/g, String.raw`\$&`)}"` : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
