import { type Metrics } from '../health/metrics.js'
import { type Admission } from './admission.js'

/** Makes visible how much is taken and how much is refused. */
export function observeAdmission(admission: Admission, metrics: Metrics): void {
  metrics.gauge('cambio_requests_computing', 'Requests that are being computed.', () => admission.status().computing)
  metrics.gauge('cambio_requests_limit', 'Requests that may be computed at once under overload.', () => admission.status().limit)
  metrics.gauge('cambio_requests_shed', 'Requests refused for overload since the start.', () => admission.status().shed)
}
