import { ok, type Result } from '@cambio/store'

import { type PageRequest, pageOf } from '../../aggregates/page-of.js'
import { type AnswerPage } from '../../aggregates/resource-answer.js'
import { notFound, type Refusal } from '../../refusals/refusal.js'
import { type ApplicationRef, findApplication } from '../application-access.js'
import { type ApplicationStore } from '../application.store.js'
import { type BindingAnswer, bindingAnswer } from './binding.js'

/** The bindings of an application. */
export class ListBindings {
  readonly #applications: ApplicationStore

  constructor(applications: ApplicationStore) {
    this.#applications = applications
  }

  async execute(ref: ApplicationRef, request: PageRequest): Promise<Result<AnswerPage<BindingAnswer>, Refusal>> {
    const all = await this.#all(ref)
    return all.ok ? pageOf(all.value, request) : all
  }

  /** One of them. */
  async one(ref: ApplicationRef, id: string): Promise<Result<BindingAnswer, Refusal>> {
    const all = await this.#all(ref)
    if (!all.ok) return all
    const found = all.value.find((binding) => binding.id === id)
    return found === undefined ? notFound('binding') : ok(found)
  }

  async #all(ref: ApplicationRef): Promise<Result<BindingAnswer[], Refusal>> {
    const application = await findApplication(this.#applications, ref)
    if (!application.ok) return application
    const { rev, value } = application.value
    return ok(value.bindings.map((binding) => bindingAnswer(binding, rev)))
  }
}
