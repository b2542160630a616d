import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** One sample of a gauge with labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The metrics of one service. Each has a registry of its own, so that several run in one process (tests). */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests: Histogram<'method' | 'route' | 'status'>

  constructor(service: string, version: string) {
    this.registry.setDefaultLabels({ service })
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Histogram({
      name: 'cambio_http_request_duration_seconds',
      help: 'Time from a request to its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: secondsBuckets,
      registers: [this.registry],
    })
    new Gauge({ name: 'cambio_build_info', help: 'Always 1.', labelNames: ['version', 'node'], registers: [this.registry] }).set(
      { version, node: process.version },
      1,
    )
  }

  /** Registers a gauge that is read when somebody asks. @param name `cambio_…`, with its unit as suffix */
  gauge(name: string, help: string, read: () => number): void {
    this.labelled(name, help, [], () => [{ labels: {}, value: read() }])
  }

  /** The same with labels; what `read` no longer gives disappears. Label values must come from a closed set. */
  labelled(name: string, help: string, labelNames: readonly string[], read: () => readonly Sample[]): void {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset()
        for (const { labels, value } of read()) this.set(labels, value)
      },
    })
  }

  /** Registers a counter from 0. @param name `cambio_…_total` @returns adds 1; label values must come from a closed set */
  counter(name: string, help: string, labelNames: readonly string[]): (labels: Readonly<Record<string, string>>) => void {
    const counter = new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] })
    return (labels) => {
      counter.inc(labels)
    }
  }

  /** @param route the template of the route, never the address that was asked for: that would be a series for each id */
  observeRequest(method: string, route: string, status: number, durationMs: number): void {
    this.#requests.observe({ method, route, status: String(status) }, durationMs / 1_000)
  }
}
