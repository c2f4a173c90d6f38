import { asApplication, compareLogins, secret, withoutSubscriptions } from './az-login.ts';

compareLogins([
  {
    title: 'no subscription',
    prepare: withoutSubscriptions,
    inputs: (world) => ({ ...world.secret, 'allow-no-subscriptions': 'true' }),
    login: (world) => asApplication(world, '--password', world.contoso.clientSecret, '--allow-no-subscriptions'),
  },
  {
    title: 'subscriptions that other tenants own or manage',
    prepare: ({ contoso }) => {
      const [production, development] = contoso.subscriptions;
      production.managedByTenants = ['99999999-0000-4000-8000-000000000001', '99999999-0000-4000-8000-000000000002'];
      development.state = 'PastDue';
    },
    inputs: (world) => world.secret,
    login: (world) => asApplication(world, '--password', world.contoso.clientSecret),
  },
  {
    ...secret,
    title: 'client secret, in a folder that logins share',
    inputs: (world) => ({ ...world.secret, 'config-dir': 'shared' }),
  },
  {
    ...secret,
    title: 'client secret, the tenant named by its domain',
    inputs: (world) => ({ ...world.secret, 'tenant-id': 'contoso.com' }),
    login: ({ contoso }) => [
      ...['--service-principal', '--username', contoso.application.clientId, '--tenant', 'contoso.com'],
      ...['--password', contoso.clientSecret],
    ],
  },
  {
    ...secret,
    title: 'client secret, and one subscription named',
    inputs: (world) => ({ ...world.secret, subscription: 'Development' }),
    after: [['account', 'set', '--subscription', 'Development']],
  },
  {
    title: 'one subscription alone',
    az: 'newest az',
    inputs: (world) => ({
      ...world.secret,
      'list-subscriptions': 'false',
      subscription: world.contoso.subscriptions[1].id,
    }),
    login: (world) => [
      ...asApplication(world, '--password', world.contoso.clientSecret),
      ...['--skip-subscription-discovery', '--subscription', world.contoso.subscriptions[1].id],
    ],
  },
  {
    title: 'no subscription asked for',
    az: 'newest az',
    inputs: (world) => ({ ...world.secret, 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' }),
    login: (world) => [
      ...asApplication(world, '--password', world.contoso.clientSecret),
      '--skip-subscription-discovery',
    ],
  },
]);
