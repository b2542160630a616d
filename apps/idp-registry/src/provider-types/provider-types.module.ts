import { Module } from '@nestjs/common'

import { ProviderTypeHttpController } from './provider-type.http.controller.js'

@Module({ controllers: [ProviderTypeHttpController] })
export class ProviderTypesModule {}
