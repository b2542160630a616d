/** What the journey tells: steps, the command that repeats each call, what came back, and what held. */
export class Transcript {
  #held = 0
  #failed: string[] = []

  constructor(private readonly write: (text: string) => void) {}

  part(title: string): void {
    this.write(`\n\n${title}\n${'='.repeat(title.length)}\n`)
  }

  step(title: string): void {
    this.write(`\n\n• ${title}\n`)
  }

  say(text: string): void {
    this.write(`  ${text}\n`)
  }

  command(text: string): void {
    this.write(`\n${indent(text, '  $ ', '    ')}\n`)
  }

  answer(status: number, body: unknown): void {
    this.write(`${indent(`${status} ${body === undefined ? '' : JSON.stringify(body, null, 2)}`, '  → ', '    ')}\n`)
  }

  /** Notes one thing that has to hold. */
  holds(what: string, isSo: boolean): void {
    if (isSo) this.#held += 1
    else this.#failed.push(what)
    this.write(`  ${isSo ? '✓' : '✗'} ${what}\n`)
  }

  /** The closing lines. @returns whether all of it held */
  close(): boolean {
    const total = this.#held + this.#failed.length
    this.write(`\n\n${this.#held} of ${total} held${this.#failed.length === 0 ? '' : '; these did not:'}\n`)
    for (const what of this.#failed) this.write(`  ✗ ${what}\n`)
    return this.#failed.length === 0 && this.#held > 0
  }
}

function indent(text: string, first: string, rest: string): string {
  return text
    .split('\n')
    .map((line, index) => (index === 0 ? first : rest) + line)
    .join('\n')
}
