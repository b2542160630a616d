/** One thing that a service needs to do its job. */
export interface ReadinessCheck {
  /** Says what is missing when the check itself fails or takes longer than 2 s. */
  readonly name: string
  /** Whether the service is not ready without it, or only less able; default true. */
  readonly isVital?: boolean
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

  /** Names of everything that is missing and without which the service cannot do its job, sorted, each once; never throws. */
  async missing(): Promise<readonly string[]> {
    if (this.#isDraining) return ['shutting-down']
    return this.#namesOf(({ isVital = true }) => isVital)
  }

  /** Names of what is missing although the service does most of its job without it; as `missing`. */
  async degraded(): Promise<readonly string[]> {
    return this.#namesOf(({ isVital = true }) => !isVital)
  }

  async #namesOf(chosen: (check: ReadinessCheck) => boolean): Promise<readonly string[]> {
    const answers = await Promise.all(this.#checks.filter(chosen).map(missingOf))
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
