import { bySecret, compareLogins, withoutSubscriptions } from './az-login.ts';

const DEVELOPMENT = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

compareLogins([
  bySecret('no subscription', {
    prepare: withoutSubscriptions,
    inputs: { 'allow-no-subscriptions': 'true' },
    args: ['--allow-no-subscriptions'],
  }),
  bySecret('subscriptions that other tenants own or manage', {
    prepare: ({ contoso }) => {
      const [production, development] = contoso.subscriptions;
      production.managedByTenants = ['99999999-0000-4000-8000-000000000001', '99999999-0000-4000-8000-000000000002'];
      development.state = 'PastDue';
    },
  }),
  bySecret('client secret, in a folder that logins share', { inputs: { 'config-dir': 'shared' } }),
  bySecret('client secret, the tenant named by its domain', {
    inputs: { 'tenant-id': 'contoso.com' },
    args: ['--tenant', 'contoso.com'],
  }),
  bySecret('client secret, and one subscription named', {
    inputs: { subscription: 'Development' },
    after: [['account', 'set', '--subscription', 'Development']],
  }),
  bySecret('one subscription alone', {
    az: 'newest az',
    inputs: { 'list-subscriptions': 'false', subscription: DEVELOPMENT },
    args: ['--skip-subscription-discovery', '--subscription', DEVELOPMENT],
  }),
  bySecret('no subscription asked for', {
    az: 'newest az',
    inputs: { 'list-subscriptions': 'false', 'allow-no-subscriptions': 'true' },
    args: ['--skip-subscription-discovery'],
  }),
]);
