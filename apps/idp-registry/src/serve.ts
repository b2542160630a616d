import { runService } from '@cambio/service-kit'

import { composeRegistry } from './compose-registry.js'

await runService('idp-registry', composeRegistry)
