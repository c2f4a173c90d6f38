import type { PrivateCloud } from '../clouds.ts';
import type { ResourceGroup, Subscription } from '../directory.ts';
import { type Call, jsonReply, type Reply, type Service, type ServiceContext } from '../exchange.ts';
import { authenticate, authorityOf, type Caller, hasAccess, isInTenant, missingToken } from './caller.ts';
import {
  authorizationFailed,
  ResourceManagerError,
  resourceManagerHeaders,
  subscriptionNotFound,
  wrongTenant,
} from './errors.ts';
import { invalidApiVersion, metadataEndpoints, type ResourceManagerSite, siteOf } from './site.ts';

export interface ResourceManagerSettings {
  /** Entries on a page of a list. */
  pageSize: number;
}

interface ResourceManagerContext extends ServiceContext {
  readonly privateClouds: readonly PrivateCloud[];
  readonly settings: ResourceManagerSettings;
}

/** Azure Resource Manager of every cloud: subscriptions, tenants and resource groups. */
export class ResourceManager {
  readonly #context: ResourceManagerContext;

  constructor(context: ResourceManagerContext) {
    this.#context = context;
  }

  serviceOf(host: string): Service | undefined {
    const site = siteOf(host, this.#context.privateClouds);
    return site && ((call) => this.#respond(call, site));
  }

  async #respond(call: Call, site: ResourceManagerSite): Promise<Reply> {
    const reply = await this.#route(call, site).catch((error: unknown) => {
      if (error instanceof ResourceManagerError) return error.reply();
      throw error;
    });
    return { ...reply, headers: { ...resourceManagerHeaders(), ...reply.headers } };
  }

  async #route(call: Call, site: ResourceManagerSite): Promise<Reply> {
    const [first = '', subscriptionId = '', ...rest] = call.path.split('/').filter((part) => part !== '');
    const privateCloud = this.#context.privateClouds.find(({ name }) => name === site.cloud);
    if (privateCloud !== undefined && call.path === '/metadata/endpoints') return metadataEndpoints(call, privateCloud);
    requireApiVersion(call, site);
    if (first.toLowerCase() === 'subscriptions' && subscriptionId !== '')
      this.#requireToken(call, site, subscriptionId);
    const caller = await authenticate(call, site, this.#context);
    switch (first.toLowerCase()) {
      case 'tenants':
        return this.#page(call, site, this.#tenants(caller));
      case 'subscriptions':
        return subscriptionId === ''
          ? this.#page(call, site, this.#visible(site, caller).map(subscriptionDocument))
          : this.#inSubscription(call, site, { caller, subscriptionId, rest });
      default:
        throw notFound(call);
    }
  }

  /** @throws {ResourceManagerError} with a challenge that names the subscription's tenant */
  #requireToken(call: Call, site: ResourceManagerSite, subscriptionId: string): void {
    const subscription = this.#context.directory.subscription(subscriptionId);
    if (call.headers.authorization === undefined && subscription?.cloud === site.cloud) {
      throw missingToken(authorityOf(subscription, site));
    }
  }

  #visible(site: ResourceManagerSite, caller: Caller): Subscription[] {
    return this.#context.directory.subscriptions.filter(
      (subscription) => subscription.cloud === site.cloud && hasAccess(caller, subscription),
    );
  }

  /** An application sees only its token's tenant, without the names. Source: Azure REST API, "Tenants - List". */
  #tenants({ tenantId, user }: Caller): object[] {
    if (user === undefined) return [{ id: `/tenants/${tenantId}`, tenantId, tenantCategory: 'Home' }];
    const ids = [user.tenantId, ...user.guestIn.map((guest) => guest.tenantId)];
    const tenants = this.#context.directory.tenants.filter(({ id }) => ids.includes(id));
    return tenants.map(({ id, displayName, domains }) => ({
      id: `/tenants/${id}`,
      tenantId: id,
      countryCode: 'NL',
      displayName,
      domains,
      defaultDomain: domains[0],
      tenantType: 'AAD',
      tenantCategory: 'Home',
    }));
  }

  #page(call: Call, site: ResourceManagerSite, all: readonly unknown[]): Reply {
    const { pageSize } = this.#context.settings;
    const start = pageStart(call);
    const value = all.slice(start, start + pageSize);
    const next = start + pageSize;
    const count = { type: 'Total', value: all.length };
    if (next >= all.length) return jsonReply(200, { value, count });
    const link = new URL(call.path, site.url);
    link.searchParams.set('api-version', call.query.get('api-version') ?? '');
    // Resource Manager does not escape the dollar sign, as its documentation shows.
    const nextLink = `${link.href}&$skiptoken=${Buffer.from(`start=${next}`).toString('base64url')}`;
    return jsonReply(200, { value, count, nextLink });
  }

  #inSubscription(
    call: Call,
    site: ResourceManagerSite,
    request: { caller: Caller; subscriptionId: string; rest: readonly string[] },
  ): Reply {
    const { caller, subscriptionId, rest } = request;
    const subscription = this.#context.directory.subscription(subscriptionId);
    if (subscription === undefined || subscription.cloud !== site.cloud || subscription.state === 'Deleted') {
      throw subscriptionNotFound(subscriptionId);
    }
    const [collection = '', name = ''] = rest;
    if (!isInTenant(caller, subscription)) {
      const expected = `https://sts.windows.net/${subscription.tenantId}/`;
      throw wrongTenant(`https://sts.windows.net/${caller.tenantId}/`, expected, authorityOf(subscription, site));
    }
    if (!hasAccess(caller, subscription)) {
      const action = `Microsoft.Resources/subscriptions/${collection === '' ? '' : `${collection}/`}read`;
      throw authorizationFailed(caller, action, `/subscriptions/${subscription.id}`);
    }
    if (collection === '') return jsonReply(200, subscriptionDocument(subscription));
    if (collection.toLowerCase() !== 'resourcegroups' || name !== '') throw notFound(call);
    const groups = subscription.resourceGroups.map((group) => groupDocument(subscription, group));
    return this.#page(call, site, groups);
  }
}

function requireApiVersion(call: Call, site: ResourceManagerSite): void {
  const version = call.query.get('api-version') ?? '';
  if (version === '') {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.';
    throw new ResourceManagerError(400, 'MissingApiVersionParameter', message);
  }
  const isKnown = /^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version);
  const newest = site.newestApiVersion || '2022-12-01';
  if (!isKnown || (site.newestApiVersion !== '' && version > newest)) {
    throw invalidApiVersion(version, `${newest},2016-06-01,2015-01-01`);
  }
}

function pageStart(call: Call): number {
  const token = call.query.get('$skiptoken');
  if (token === null) return 0;
  const start = /^start=(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (start === undefined) {
    throw new ResourceManagerError(400, 'InvalidSkipToken', 'The provided skip token is invalid.');
  }
  return Number(start);
}

function notFound(call: Call): ResourceManagerError {
  const message = `The resource type could not be found at '${call.path}' for api version '${call.query.get('api-version') ?? ''}'.`;
  return new ResourceManagerError(404, 'InvalidResourceType', message);
}

/** Source: Azure REST API, "Subscriptions - List" (2022-12-01). */
function subscriptionDocument(subscription: Subscription): object {
  return {
    id: `/subscriptions/${subscription.id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: subscription.managedByTenants.map((tenantId) => ({ tenantId })),
    subscriptionId: subscription.id,
    tenantId: subscription.tenantId,
    displayName: subscription.displayName,
    state: subscription.state,
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  };
}

function groupDocument({ id }: Subscription, { name, location, tags }: ResourceGroup): object {
  return {
    id: `/subscriptions/${id}/resourceGroups/${name}`,
    name,
    type: 'Microsoft.Resources/resourceGroups',
    location,
    tags,
    properties: { provisioningState: 'Succeeded' },
  };
}
