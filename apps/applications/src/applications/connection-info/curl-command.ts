import { shellQuote } from './shell-quote.js'

/** The parameters of a form in their order. */
export type FormParameters = readonly (readonly [name: string, value: string])[]

/**
 * A `curl` command that posts a form and can be pasted into a POSIX shell as it is. Values are encoded by curl itself, so
 * what is put in the place of a `{placeholder}` may hold any character but a single quote.
 */
export function curlForm(url: string, parameters: FormParameters, basic?: { readonly user: string; readonly password: string }): string {
  const lines = [
    `curl -X POST ${shellQuote(url)}`,
    ...(basic === undefined ? [] : [`-u ${shellQuote(`${basic.user}:${basic.password}`)}`]),
    ...parameters.map(([name, value]) => `--data-urlencode ${shellQuote(`${name}=${value}`)}`),
  ]
  return lines.join(' \\\n  ')
}
