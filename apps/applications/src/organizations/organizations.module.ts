import { Module } from '@nestjs/common'

import { provide } from '../wiring/provide.js'
import { CreateOrganization } from './create-organization.js'
import { FindOrganization } from './find-organization.js'
import { GetOrganization } from './get-organization.js'
import { ListOrganizations } from './list-organizations.js'
import { OrganizationStore } from './organization.store.js'
import { OrganizationsHttpController } from './organizations.http.controller.js'
import { OrganizationsRpcController } from './organizations.rpc.controller.js'
import { PatchOrganization } from './patch-organization.js'

@Module({
  controllers: [OrganizationsHttpController, OrganizationsRpcController],
  providers: [
    provide(CreateOrganization, [OrganizationStore], (organizations) => new CreateOrganization(organizations)),
    provide(ListOrganizations, [OrganizationStore], (organizations) => new ListOrganizations(organizations)),
    provide(GetOrganization, [OrganizationStore], (organizations) => new GetOrganization(organizations)),
    provide(PatchOrganization, [OrganizationStore], (organizations) => new PatchOrganization(organizations)),
    provide(FindOrganization, [OrganizationStore], (organizations) => new FindOrganization(organizations)),
  ],
})
export class OrganizationsModule {}
