import { z } from 'zod'

import { handleSchema } from '../environments.js'

/** An organization; its partition is `platform` and its id is the partition of everything that belongs to it. */
export const organizationSchema = z.object({
  handle: handleSchema,
  name: z.string(),
})

export type OrganizationValue = z.infer<typeof organizationSchema>
