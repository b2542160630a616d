import { runService } from '@cambio/service-kit'
import { openStore } from '@cambio/store'

import { composeTokenService } from './compose-token-service.js'

await runService('token-service', async (configuration, log) => {
  const store = await openStore({
    service: 'token-service',
    dataDirectory: configuration.dataDirectory,
    wantsMongodb: configuration.mongodbUri !== undefined,
    onUnreadable: (refusal) => {
      log.error({ error: refusal }, 'a document cannot be read and is left out')
    },
  })
  return composeTokenService(configuration, log, store)
})
