import type { InputContext } from './context.ts';
import type { Creds } from './creds.ts';
import { whySecretsAreEmpty } from './empty-secrets.ts';
import type { Method } from './request.ts';
import type { ChoiceOf, InputName } from './table.ts';
import { codeList, sentenceList } from './wording.ts';

type AuthType = ChoiceOf<'auth-type'>;

/** A credential among the inputs: the inputs that carry it, and the method that uses it. */
interface Offer {
  readonly method: Method;
  readonly inputs: readonly InputName[];
}

const OFFERS: readonly Offer[] = [
  { method: 'client-secret', inputs: ['client-secret'] },
  { method: 'client-secret', inputs: ['creds'] },
  { method: 'client-certificate', inputs: ['client-certificate'] },
  { method: 'password', inputs: ['username', 'password'] },
  { method: 'publish-settings', inputs: ['publish-settings'] },
  { method: 'workload-identity', inputs: ['federated-token-file'] },
];

/** The methods of a service principal that need no name in `auth-type`: what SERVICE_PRINCIPAL covers. */
const SERVICE_PRINCIPAL_METHODS: ReadonlySet<Method> = new Set(['oidc', 'client-secret', 'client-certificate']);

/**
 * How to sign in, by the inputs alone; `undefined` after a problem. The environment is never asked: a job whose secrets
 * came out empty must not get the identity of the machine it runs on.
 */
export function chooseMethod(context: InputContext, creds: Creds): Method | undefined {
  const authType = context.inputs.choice('auth-type');
  const offers = offersIn(context, creds);
  if (authType === undefined || reportSeveral(context, offers)) return undefined;
  if (authType === 'auto') return chooseByInputs(context, creds, offers[0]);
  if (authType === 'SERVICE_PRINCIPAL') return chooseServicePrincipal(context, offers[0]);
  const method = authType === 'IDENTITY' ? 'managed-identity' : authType;
  const [foreign] = offers.filter((offer) => offer.method !== method);
  if (foreign !== undefined) {
    reportForeign(context, authType, foreign);
    return undefined;
  }
  return method;
}

function offersIn({ inputs }: InputContext, creds: Creds): readonly Offer[] {
  return OFFERS.map(({ method, inputs: names }) => ({
    method,
    inputs: names.filter((name) => inputs.given(name) && !(name === 'creds' && creds.kind === 'ignored')),
  })).filter((offer) => offer.inputs.length > 0);
}

function reportSeveral({ findings }: InputContext, offers: readonly Offer[]): boolean {
  if (offers.length < 2) return false;
  const credentials = sentenceList(offers.map((offer) => codeList(offer.inputs)));
  const count = offers.length === 2 ? 'Two' : String(offers.length);
  findings.problem(`${count} credentials are given at once: ${credentials}.`, 'Keep the one to sign in with.');
  return true;
}

function chooseByInputs(context: InputContext, creds: Creds, offer: Offer | undefined): Method | undefined {
  if (offer?.method === 'workload-identity') {
    context.findings.problem(
      '`federated-token-file` is given, but a workload identity must be asked for by name.',
      'Set `auth-type: workload-identity`.',
    );
    return undefined;
  }
  if (offer !== undefined) return offer.method;
  const nothing = !context.inputs.given('client-id') && !context.inputs.given('tenant-id');
  if (!nothing || creds.kind !== 'absent') return 'oidc';
  reportNothing(context);
  return undefined;
}

function reportNothing({ findings, env }: InputContext): void {
  findings.problem(
    'The inputs do not say who signs in: `client-id`, `tenant-id` and every credential are empty.',
    'Give `client-id` and `tenant-id` to sign in with the ID token GitHub issues to the job, or give another credential.',
    'A managed identity, a workload identity and a device code must be asked for by name, in `auth-type`.',
    ...whySecretsAreEmpty(env),
  );
}

function chooseServicePrincipal(context: InputContext, offer: Offer | undefined): Method | undefined {
  const method = offer?.method ?? 'oidc';
  if (offer === undefined || SERVICE_PRINCIPAL_METHODS.has(method)) return method;
  reportForeign(context, 'SERVICE_PRINCIPAL', offer);
  return undefined;
}

function reportForeign({ findings }: InputContext, authType: AuthType, foreign: Offer): void {
  findings.problem(
    `\`auth-type: ${authType}\` does not use ${codeList(foreign.inputs)}.`,
    `Remove ${codeList(foreign.inputs)}, or set \`auth-type: ${foreign.method}\`.`,
  );
}
