import { runService } from '@cambio/service-kit'

import { applicationsService } from './applications.service.js'

await runService('applications', applicationsService)
