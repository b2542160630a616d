import { startWarm } from '@cambio/service-kit/warm-start'

await startWarm(async () => import('./serve.js'))
