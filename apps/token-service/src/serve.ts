import { runService } from '@cambio/service-kit'

import { openTokenService } from './open-token-service.js'

await runService('token-service', openTokenService)
