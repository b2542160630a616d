/** One thing that a service needs to do its job. */
export interface ReadinessCheck {
  /** Says what is missing when the check itself fails or takes longer than 2 s. */
  readonly name: string
  /** What is missing, in words such as `nats` or `feed:organizations`; empty when nothing is. */
  missing(): readonly string[] | Promise<readonly string[]>
}

const checkDeadlineMs = 2_000

/** Knows whether the service can do its job. A process that shuts down is not ready, whatever the checks say. */
export class Readiness {
  readonly #checks: ReadinessCheck[] = []
  #isDraining = false

  register(check: ReadinessCheck): void {
    this.#checks.push(check)
  }

  /** From now on the service says that it is not ready, so that nobody sends it new work. */
  drain(): void {
    this.#isDraining = true
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Names of everything that is missing, sorted, each once; never throws. */
  async missing(): Promise<readonly string[]> {
    if (this.#isDraining) return ['shutting-down']
    const answers = await Promise.all(this.#checks.map(missingOf))
    return [...new Set(answers.flat())].sort()
  }
}

async function missingOf(check: ReadinessCheck): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([check.name])
    }, checkDeadlineMs)
  })
  try {
    return await Promise.race([Promise.resolve(check.missing()), late])
  } catch {
    return [check.name]
  } finally {
    clearTimeout(timer)
  }
}
