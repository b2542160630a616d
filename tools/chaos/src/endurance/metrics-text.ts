/** Whether a page of metrics (Prometheus' text format) has a sample of 1 with these labels among its own. */
export function hasSample(page: string, metric: string, labels: Readonly<Record<string, string>>): boolean {
  return page.split('\n').some((line) => {
    if (!line.startsWith(`${metric}{`) || !line.endsWith('} 1')) return false
    const own = line.slice(metric.length + 1, -'} 1'.length).split(',')
    return Object.entries(labels).every(([name, value]) => own.includes(`${name}="${value}"`))
  })
}
