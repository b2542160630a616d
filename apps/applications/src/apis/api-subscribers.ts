/** Who is subscribed to an API. A port of this feature: an abstract class, to serve as injection token. */
export abstract class ApiSubscribers {
  /** Applications with a subscription of whatever status. */
  abstract of(org: string, api: string): Promise<readonly { readonly id: string; readonly name: string }[]>

  /** Removes the subscriptions to an API that is gone: one may have been made in the moment of its deletion. */
  abstract forget(org: string, api: string): Promise<void>
}
