import { bySecret, compareLogins, withoutSubscriptions } from './az-login.ts';

const DEVELOPMENT = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

compareLogins([
  bySecret('no subscription', {
    prepare: withoutSubscriptions,
    inputs: { 'allow-no-subscriptions': 'true' },
    args: ['--allow-no-subscriptions'],
  }),
  bySecret('subscriptions that other tenants manage, or that are past due', {
    prepare: ({ contoso }) => {
      const [production, development] = contoso.subscriptions;
      production.managedByTenants = ['99999999-0000-4000-8000-000000000001', '99999999-0000-4000-8000-000000000002'];
      development.state = 'PastDue';
    },
  }),
  bySecret('client secret, in a shared folder', { inputs: { 'config-dir': 'shared' } }),
  bySecret('client secret, with the domain of the tenant', {
    inputs: { 'tenant-id': 'contoso.com' },
    args: ['--tenant', 'contoso.com'],
  }),
  bySecret('client secret, with a default subscription', {
    inputs: { subscription: 'Development' },
    after: [['account', 'set', '--subscription', 'Development']],
  }),
  bySecret('one subscription without listing the others', {
    az: 'newest az',
    inputs: { 'list-subscriptions': 'false', subscription: DEVELOPMENT },
    args: ['--skip-subscription-discovery', '--subscription', DEVELOPMENT],
  }),
  bySecret('no subscription and no listing', {
    az: 'newest az',
    inputs: { 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' },
    args: ['--skip-subscription-discovery'],
  }),
]);
