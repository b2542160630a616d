import { z } from 'zod'

/** Ids are `<three letters>_<32 digits>`; a name of that form could not be told from one in a path. */
const idForm = /^[a-z]{3}_[0-9a-f]{32}$/

/** A name that people give: 1–100 characters, no control characters, no white space at its ends. */
export const plainNameSchema = z
  .string()
  .regex(
    /^(?=.{1,100}$)[^\s\p{Cc}\p{Cf}](?:[^\p{Cc}\p{Cf}\u2028\u2029]*[^\s\p{Cc}\p{Cf}])?$/u,
    'must be 1–100 characters without control characters, and neither begin nor end with a space',
  )
  .refine((name) => !idForm.test(name), 'must not have the form of an id')

export const descriptionSchema = z
  .string()
  .max(1_000)
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')

/** The lookup of a name for searches by its beginning, in any case. */
export const nameLookup = (name: string): string => `name:${name.toLowerCase()}`
