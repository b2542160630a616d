import { AppliedRevisions } from '@cambio/messaging'
import { Module } from '@nestjs/common'

import { provide } from '../wiring/provide.js'
import { ApiHealthHttpController } from './api-health.http.controller.js'
import { ApiStore } from './api.store.js'
import { ApiSubscribers } from './api-subscribers.js'
import { ApisHttpController } from './apis.http.controller.js'
import { CreateApi } from './create-api.js'
import { DeleteApi } from './delete-api.js'
import { GetApiHealth } from './get-api-health.js'
import { GetApi } from './get-api.js'
import { ListApis } from './list-apis.js'
import { MoveApi } from './move-api.js'
import { PatchApi } from './patch-api.js'

@Module({
  controllers: [ApisHttpController, ApiHealthHttpController],
  providers: [
    provide(CreateApi, [ApiStore], (apis) => new CreateApi(apis)),
    provide(ListApis, [ApiStore], (apis) => new ListApis(apis)),
    provide(GetApi, [ApiStore], (apis) => new GetApi(apis)),
    provide(GetApiHealth, [ApiStore, AppliedRevisions], (apis, applied) => new GetApiHealth(apis, applied)),
    provide(PatchApi, [ApiStore], (apis) => new PatchApi(apis)),
    provide(MoveApi, [ApiStore], (apis) => new MoveApi(apis)),
    provide(DeleteApi, [ApiStore, ApiSubscribers], (apis, subscribers) => new DeleteApi(apis, subscribers)),
  ],
})
export class ApisModule {}
