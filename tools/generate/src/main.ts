// `npm run generate`: writes every page that is made from the source. CI runs it and fails when a committed page differs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderConfigurationReference } from '@cambio/service-kit'

import { renderErrors } from './errors-page.js'

const docs = join(import.meta.dirname, '../../../docs')

const pages: Readonly<Record<string, () => string>> = {
  'configuration.md': renderConfigurationReference,
  'errors.md': renderErrors,
}

for (const [file, render] of Object.entries(pages)) writeFileSync(join(docs, file), render())
