import type { Clock } from '../clock.ts';
import type { PrivateCloud } from '../clouds.ts';
import type { Directory, Subscription } from '../directory.ts';
import { type Answer, type Call, jsonAnswer, type Service } from '../exchange.ts';
import type { SigningKey } from '../json-web-token.ts';
import { authenticate, authorityOf, type Caller, isOfTenant, missingToken, sees } from './caller.ts';
import {
  groupDocument,
  locationDocuments,
  providerDocument,
  subscriptionDocument,
  tenantDocuments,
} from './documents.ts';
import { metadataEndpoints } from './metadata.ts';
import {
  authorizationFailed,
  ResourceManagerAnswer,
  resourceManagerHeaders,
  subscriptionNotFound,
  wrongTenant,
} from './refusal.ts';
import { type ResourceManagerSite, siteOf } from './site.ts';

export interface ResourceManagerSettings {
  /** Entries on one page of a list. */
  pageSize: number;
}

export interface ResourceManagerContext {
  readonly directory: Directory;
  readonly privateClouds: readonly PrivateCloud[];
  readonly settings: ResourceManagerSettings;
  readonly clock: Clock;
  readonly key: () => Promise<SigningKey>;
}

/** Azure Resource Manager of every cloud: subscriptions, tenants, and what the CLIs need to list resource groups. */
export class ResourceManager {
  readonly #context: ResourceManagerContext;

  constructor(context: ResourceManagerContext) {
    this.#context = context;
  }

  serviceOf(host: string): Service | undefined {
    const site = siteOf(host, this.#context.privateClouds);
    return site && ((call) => this.#guard(call, site));
  }

  async #guard(call: Call, site: ResourceManagerSite): Promise<Answer> {
    const headers = resourceManagerHeaders();
    try {
      const answer = await this.#route(call, site);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    } catch (error) {
      if (!(error instanceof ResourceManagerAnswer)) throw error;
      const answer = error.answer();
      const failure = error.status === 401 ? {} : { 'x-ms-failure-cause': 'gateway' };
      return { ...answer, headers: { ...headers, ...failure, ...answer.headers } };
    }
  }

  async #route(call: Call, site: ResourceManagerSite): Promise<Answer> {
    const [first = '', subscriptionId = '', ...rest] = call.path.split('/').filter((part) => part !== '');
    if (call.path.toLowerCase() === '/metadata/endpoints') return metadataEndpoints(call, site);
    requireApiVersion(call, site);
    const key = await this.#context.key();
    if (first.toLowerCase() === 'subscriptions' && subscriptionId !== '') this.#challenge(call, site, subscriptionId);
    const caller = authenticate(call, site, { ...this.#context, key });
    switch (first.toLowerCase()) {
      case 'tenants':
        return this.#page(call, site, tenantDocuments(this.#context.directory, caller));
      case 'subscriptions':
        return subscriptionId === ''
          ? this.#page(call, site, this.#visible(site, caller).map(subscriptionDocument))
          : this.#inSubscription(call, site, { caller, subscriptionId, rest });
      default:
        throw notFound(call);
    }
  }

  /** Without a token the challenge names the subscription's own tenant. */
  #challenge(call: Call, site: ResourceManagerSite, subscriptionId: string): void {
    const subscription = this.#context.directory.subscription(subscriptionId);
    if (call.headers.authorization === undefined && subscription?.cloud === site.cloud) {
      throw missingToken(authorityOf(subscription, site));
    }
  }

  #visible(site: ResourceManagerSite, caller: Caller): Subscription[] {
    return this.#context.directory.subscriptions.filter(
      (subscription) => subscription.cloud === site.cloud && sees(caller, subscription),
    );
  }

  #page(call: Call, site: ResourceManagerSite, all: readonly unknown[]): Answer {
    const { pageSize } = this.#context.settings;
    const start = pageStart(call);
    const value = all.slice(start, start + pageSize);
    const next = start + pageSize;
    const count = { type: 'Total', value: all.length };
    if (next >= all.length) return jsonAnswer(200, { value, count });
    const link = new URL(call.path, site.url);
    link.searchParams.set('api-version', call.query.get('api-version') ?? '');
    // Resource Manager writes the dollar sign plainly, as its documentation shows.
    const nextLink = `${link.href}&$skiptoken=${Buffer.from(`start=${next}`).toString('base64url')}`;
    return jsonAnswer(200, { value, count, nextLink });
  }

  #inSubscription(
    call: Call,
    site: ResourceManagerSite,
    request: { caller: Caller; subscriptionId: string; rest: readonly string[] },
  ): Answer {
    const { caller, subscriptionId, rest } = request;
    const subscription = this.#context.directory.subscription(subscriptionId);
    if (subscription === undefined || subscription.cloud !== site.cloud || subscription.state === 'Deleted') {
      throw subscriptionNotFound(subscriptionId);
    }
    const [collection = '', name = '', verb = ''] = rest;
    if (!isOfTenant(caller, subscription)) {
      const wanted = `https://sts.windows.net/${subscription.tenantId}/`;
      throw wrongTenant(`https://sts.windows.net/${caller.tenantId}/`, wanted, authorityOf(subscription, site));
    }
    if (!sees(caller, subscription)) {
      throw authorizationFailed(caller, actionOf(collection), `/subscriptions/${subscription.id}`);
    }
    switch (collection.toLowerCase()) {
      case '':
        return jsonAnswer(200, subscriptionDocument(subscription));
      case 'resourcegroups':
        return name === ''
          ? this.#page(
              call,
              site,
              subscription.resourceGroups.map((group) => groupDocument(subscription, group)),
            )
          : resourceGroup(call, subscription, name);
      case 'resources':
        return this.#page(call, site, []);
      case 'locations':
        return jsonAnswer(200, { value: locationDocuments(subscription) });
      case 'providers':
        return provider(subscription, name, verb);
      default:
        throw notFound(call);
    }
  }
}

function actionOf(collection: string): string {
  if (collection === '') return 'Microsoft.Resources/subscriptions/read';
  return `Microsoft.Resources/subscriptions/${collection}/read`;
}

function requireApiVersion(call: Call, site: ResourceManagerSite): void {
  const version = call.query.get('api-version') ?? '';
  if (version === '') {
    throw new ResourceManagerAnswer(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  const isKnown = /^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version);
  if (!isKnown || (site.newestApiVersion !== '' && version > site.newestApiVersion)) {
    const newest = site.newestApiVersion === '' ? '2022-12-01' : site.newestApiVersion;
    throw new ResourceManagerAnswer(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${version}' is invalid. The supported versions are '${newest},2016-06-01,2015-01-01'.`,
    );
  }
}

function pageStart(call: Call): number {
  const token = call.query.get('$skiptoken');
  if (token === null) return 0;
  const start = /^start=(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (start === undefined) {
    throw new ResourceManagerAnswer(400, 'InvalidSkipToken', 'The provided skip token is invalid.');
  }
  return Number(start);
}

function notFound(call: Call): ResourceManagerAnswer {
  return new ResourceManagerAnswer(
    404,
    'InvalidResourceType',
    `The resource type could not be found at '${call.path}' for api version '${call.query.get('api-version') ?? ''}'.`,
  );
}

/** Enough of `az group create`, `show`, `exists` and `delete` to prove that a session may write. */
function resourceGroup(call: Call, subscription: Subscription, name: string): Answer {
  const index = subscription.resourceGroups.findIndex((group) => group.name.toLowerCase() === name.toLowerCase());
  const group = subscription.resourceGroups[index];
  if (call.method === 'PUT') {
    const body: unknown = JSON.parse(call.body);
    const location = typeof body === 'object' && body !== null && 'location' in body ? String(body.location) : '';
    const created = { name, location, tags: {} };
    subscription.resourceGroups.splice(index < 0 ? subscription.resourceGroups.length : index, 1, created);
    return jsonAnswer(group === undefined ? 201 : 200, groupDocument(subscription, created));
  }
  if (group === undefined) {
    throw new ResourceManagerAnswer(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);
  }
  if (call.method === 'DELETE') {
    subscription.resourceGroups.splice(index, 1);
    return { status: 200, headers: {}, body: '' };
  }
  return call.method === 'HEAD'
    ? { status: 204, headers: {}, body: '' }
    : jsonAnswer(200, groupDocument(subscription, group));
}

function provider(subscription: Subscription, namespace: string, verb: string): Answer {
  if (namespace === '') {
    const value = subscription.registeredProviders.map((registered) => providerDocument(subscription, registered));
    return jsonAnswer(200, { value });
  }
  if (verb.toLowerCase() === 'register') subscription.registeredProviders.push(namespace);
  return jsonAnswer(200, providerDocument(subscription, namespace));
}
