import type { InputContext } from './context.ts';
import type { Creds } from './creds.ts';
import { comparable, isGuid, subscriptionIdIn } from './forms.ts';
import type { Method, SubscriptionRequest } from './request.ts';

/** The subscription of the inputs, else the one in `creds`, and how much of the list is wanted. */
export function readSubscription(context: InputContext, creds: Creds, method: Method | undefined): SubscriptionRequest {
  const { inputs } = context;
  const wanted = readWanted(context) || (creds.kind === 'read' ? subscriptionIdIn(creds.principal.subscriptionId) : '');
  const listed = inputs.flag('list-subscriptions');
  const whenNone = inputs.flag('allow-no-subscriptions') ? 'tenant-level-account' : 'refuse';
  const asksResourceManager = inputs.choice('mode') === 'arm' && method !== 'publish-settings';
  if (!listed && asksResourceManager) checkUnlisted(context, wanted, whenNone);
  return {
    ...(wanted === '' ? {} : { wanted }),
    scope: listed || !asksResourceManager ? 'all' : 'named-only',
    whenNone,
  };
}

function readWanted({ inputs, findings }: InputContext): string {
  const subscription = subscriptionIdIn(inputs.text('subscription'));
  const subscriptionId = subscriptionIdIn(inputs.text('subscription-id'));
  if (subscription !== '' && subscriptionId !== '' && comparable(subscription) !== comparable(subscriptionId)) {
    findings.problem(
      '`subscription` and `subscription-id` have different values, but are one input under two names.',
      'Give one of them.',
    );
  }
  return subscription || subscriptionId;
}

function checkUnlisted({ findings }: InputContext, wanted: string, whenNone: SubscriptionRequest['whenNone']): void {
  if (wanted === '' && whenNone === 'refuse') {
    findings.problem(
      '`list-subscriptions: false` needs to know the subscription.',
      'Give its id in `subscription`, or set `allow-no-subscriptions: true` to do without one.',
    );
  }
  if (wanted !== '' && !isGuid(wanted)) {
    findings.problem(
      '`list-subscriptions: false` needs the id of the subscription: a name can only be looked up in the list.',
    );
  }
}
