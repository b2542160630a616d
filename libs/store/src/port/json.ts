/** What JSON can carry; a member that is `undefined` is left out when it is stored. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json | undefined }
