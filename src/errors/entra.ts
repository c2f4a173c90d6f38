import { type Cloud, KNOWN_CLOUDS } from '../core/clouds.ts';
import { quotableId } from '../core/foreign-text.ts';
import type { Method } from '../core/request.ts';
import { SessionError, type Step } from '../core/session-error.ts';
import { credentialName, type PresentedClaims, subjectContext, subjectForm } from './federated-subject.ts';
import { COMPARE_CLOCK } from './steps.ts';
import {
  filled,
  filledStep,
  jsonArgument,
  STAND_INS,
  type StepTemplate,
  stepTemplate,
  type TemplateValues,
} from './templates.ts';

/**
 * What Entra ID said when it refused a token. Every field is text that is fit to be shown; `''` where it said nothing.
 * The `claims` of a challenge are left out on purpose: they are for a client, not for a reader.
 * Source: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes".
 */
export interface EntraErrorAnswer {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The OAuth error, for example `invalid_client`. */
  readonly error: string;
  /** The digits after AADSTS, all of them: 700238 and 7002381 are different errors. */
  readonly code: string;
  /** The server's own words, without the ids and the time that it writes behind them. */
  readonly description: string;
  readonly correlationId: string;
  readonly traceId: string;
  /** UTC, as the server writes it: `2026-11-22 08:00:00Z`. */
  readonly timestamp: string;
}

const SIGN_IN_WITH: Readonly<Record<Method, string>> = {
  oidc: "with GitHub's ID token",
  'client-secret': 'with a client secret',
  'client-certificate': 'with a certificate',
  'managed-identity': 'with a managed identity',
  'workload-identity': 'with a workload identity token',
  password: 'with user name and password',
  'device-code': 'by device code',
  'publish-settings': 'with publish settings',
};

/**
 * The error for a sign-in that Entra ID refused: who was refused and with which code, what that means here, the
 * server's own words and ids, and the steps that mend it with the user's own values in them.
 */
export function signInError(answer: EntraErrorAnswer, facts: SignInFacts, cause?: unknown): SessionError {
  const { group, reason, what, steps } = knownEntraError(answer, facts);
  const code = answer.code === '' ? answer.error : `AADSTS${answer.code}`;
  const why = [
    reason,
    ...(group === 'certificate' || group === 'unknown' ? certificatePresented(facts) : []),
    ...(group === 'federation' || group === 'unknown' ? claimsPresented(answer, facts) : []),
    answer.description === '' ? '' : `Entra ID says: ${answer.description}`,
    traces(answer),
  ];
  return new SessionError(
    what ?? `Entra ID refused the sign-in ${SIGN_IN_WITH[facts.method]}: ${code} (${identification(facts)}).`,
    { why: why.filter((line) => line !== '').join('\n'), next: steps, cause },
  );
}

function certificatePresented({ thumbprint }: SignInFacts): readonly string[] {
  return thumbprint ? [`The certificate presented has the SHA-1 thumbprint ${quotableId(thumbprint)}.`] : [];
}

/** The claims are shown wherever the token may be at fault. */
function claimsPresented({ code }: EntraErrorAnswer, { presented }: SignInFacts): readonly string[] {
  if (presented === undefined || (presented.issuer === '' && presented.subject === '')) return [];
  return [
    'What was presented:',
    `    issuer:   ${presented.issuer || UNREADABLE}`,
    `    subject:  ${presented.subject || UNREADABLE}`,
    `    audience: ${presented.audience || UNREADABLE}`,
    ...(presented.subject === '' ? [] : subjectReading(code, presented.subject)),
  ];
}

/** What the subject names is told only where the subject may be what does not match. */
function subjectReading(code: string, subject: string): readonly string[] {
  const mismatch = FEDERATED_MISMATCHES[code];
  if (mismatch === undefined) return [];
  return mismatch === 'subject' ? [subjectForm(subject), subjectContext(subject)] : [subjectForm(subject)];
}

const UNREADABLE = '(none that can be shown)';

function identification({ clientId, username, tenantId, cloud }: SignInFacts): string {
  const parts = [
    clientId ? `client ${quotableId(clientId)}` : '',
    username ? `user ${quotableId(username)}` : '',
    tenantId ? `tenant ${quotableId(tenantId)}` : '',
    cloud.name === 'AzureCloud' ? '' : quotableId(cloud.name),
  ];
  return parts.filter((part) => part !== '').join(', ') || quotableId(cloud.name);
}

/** What Microsoft's support and the sign-in log ask for. */
function traces({ correlationId, traceId, timestamp }: EntraErrorAnswer): string {
  const parts = [
    correlationId === '' ? '' : `correlation id ${correlationId}`,
    traceId === '' ? '' : `trace id ${traceId}`,
    timestamp === '' ? '' : `time ${timestamp}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `For support and the sign-in log: ${parts.join(', ')}.`;
}

/** What is known of a sign-in that Entra ID refused. Nothing secret belongs here: all of it is shown. */
export interface SignInFacts {
  readonly method: Method;
  readonly clientId?: string;
  readonly tenantId?: string;
  readonly username?: string;
  readonly cloud: Cloud;
  /** What the federated token says of itself. */
  readonly presented?: PresentedClaims;
  /** SHA-1 of the certificate, hex. */
  readonly thumbprint?: string;
}

/** The groups of the table, in the order of the troubleshooting page. */
export const ENTRA_ERROR_GROUPS = {
  federation: 'The federated token (OIDC, workload identity)',
  application: 'The application',
  secret: 'The client secret',
  certificate: 'The certificate',
  tenant: 'The tenant and the cloud',
  user: 'The user account',
  'device-code': 'The device code',
  policy: 'Policies of the tenant',
  request: 'What the token is for',
  service: 'Transient failures',
} as const;

export type EntraErrorGroup = keyof typeof ENTRA_ERROR_GROUPS;

/** One row: what some codes of Entra ID mean to a user of this action, and what mends it, the likeliest first. */
export interface KnownEntraError {
  /** Digits after AADSTS; an OAuth error word where Entra ID gives no code. */
  readonly codes: readonly string[];
  readonly group: EntraErrorGroup;
  /** What happened, where "Entra ID refused the sign-in" would mislead. */
  readonly what?: string;
  readonly reason: string;
  readonly steps: readonly StepTemplate[];
}

type Row = Omit<KnownEntraError, 'group' | 'steps'> & { readonly steps: readonly (string | StepTemplate)[] };

const APPLICATION_METHODS: readonly Method[] = ['oidc', 'workload-identity', 'client-secret', 'client-certificate'];
const USER_METHODS: readonly Method[] = ['password', 'device-code'];

const CREATE_CREDENTIAL = 'az ad app federated-credential create --id {clientId} --parameters {federatedCredential}';
const LIST_CREDENTIALS =
  'az ad app federated-credential list --id {clientId} --query "[].{name:name, issuer:issuer, subject:subject, audience:audiences[0]}" --output table';
const ADD_CREDENTIAL: StepTemplate = {
  say: 'Add a federated credential with exactly the values that were presented:',
  command: CREATE_CREDENTIAL,
};
const ADD_TO_IDENTITY: StepTemplate = {
  say: 'If the client is a user-assigned managed identity, not an app registration, add it there instead; `az identity list` shows its name and its group:',
  command:
    'az identity federated-credential create --name {credentialName} --identity-name IDENTITY_NAME --resource-group RESOURCE_GROUP --issuer {issuer} --subject {subject} --audiences {audience}',
};
const COMPARE: StepTemplate = {
  say: 'Or correct the credential that was meant for this job. Entra ID compares every character, and upper with lower case. These exist:',
  command: LIST_CREDENTIALS,
};
const WAIT_FOR_CREDENTIAL =
  'If the credential is less than ten minutes old and right, wait and run the job again: not every server knows it yet.';
const SHOW_APPLICATION: StepTemplate = {
  say: 'Check `client-id` and `tenant-id`: they are easily exchanged, and an object id is no client id. Signed in to that tenant, this finds the application by either and prints its client id:',
  command: 'az ad app show --id {clientId} --query "{clientId:appId, name:displayName}" --output table',
};
const SHOW_TENANT: StepTemplate = {
  say: 'Check `tenant-id`. This shows the tenant that your own Azure CLI is signed in to:',
  command: 'az account show --query tenantId --output tsv',
};
const SET_CLOUD: StepTemplate = {
  say: 'If the tenant belongs to another cloud than {cloud}, name that cloud (`AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`):',
  yaml: 'environment: {otherCloud}',
};
const EMPTY_SECRET =
  'See that no value is empty. GitHub leaves a secret empty when its name is wrong, in runs from forks, in runs that Dependabot started, when it belongs to an environment that the job does not name, and in a reusable workflow without `secrets: inherit`.';
const NEW_SECRET: StepTemplate = {
  say: 'Make a new secret beside the old one, and store what this prints as the GitHub secret; in `creds` it is the value of `clientSecret`, or of `password`:',
  command: 'az ad app credential reset --id {clientId} --append --query password --output tsv',
};
const WITHOUT_SECRETS =
  'To have no secret that expires at all, move to `auth-type: oidc`: `client-id` and `tenant-id` stay, the secret goes, and the application gets a federated credential.';
const UPLOAD_CERTIFICATE: StepTemplate = {
  say: 'If it is not among them, register its public part (cert.pem, without the private key):',
  command: 'az ad app credential reset --id {clientId} --cert @cert.pem --append',
};
const LIST_CERTIFICATES: StepTemplate = {
  say: 'Compare the thumbprint {thumbprint} with the certificates that the application has, and look at their end:',
  command:
    'az ad app credential list --id {clientId} --cert --query "[].{thumbprint:customKeyIdentifier, ends:endDateTime}" --output table',
};
const USE_SERVICE_PRINCIPAL: StepTemplate = {
  say: 'Let the workflow sign in as a service principal by OIDC instead, with `client-id` and `tenant-id`, and without `username` and `password`:',
  yaml: 'auth-type: oidc',
};
const SIGN_IN_LOG =
  'An administrator finds the policy in the sign-in log: Microsoft Entra admin center > Monitoring & health > Sign-in logs, by the correlation id.';
const RUN_AGAIN = 'Run the job again.';

/**
 * What Entra ID's codes mean here and what mends them. The troubleshooting page is made from this table.
 * Sources: "Microsoft Entra authentication and authorization error codes"; for the federated codes also the public
 * threads of Azure/login and Azure/azure-workload-identity, since that page leaves most of them out.
 */
const TABLE: Readonly<Record<EntraErrorGroup, readonly Row[]>> = {
  federation: [
    {
      codes: ['700213'],
      reason: 'No federated credential of this client names the subject that was presented.',
      steps: [ADD_CREDENTIAL, ADD_TO_IDENTITY, COMPARE, WAIT_FOR_CREDENTIAL],
    },
    {
      codes: ['7002138'],
      reason:
        'A federated credential of this client names the subject that was presented, but in other letter case. Entra ID tells upper from lower case.',
      steps: [
        { say: 'Find the credential whose subject differs in case alone:', command: LIST_CREDENTIALS },
        {
          say: 'Give it the subject exactly as presented (put its name for CREDENTIAL_NAME):',
          command:
            'az ad app federated-credential update --id {clientId} --federated-credential-id CREDENTIAL_NAME --parameters {changedSubject}',
        },
        { say: 'Or add one that has it right:', command: CREATE_CREDENTIAL },
        ADD_TO_IDENTITY,
      ],
    },
    {
      codes: ['700211'],
      reason: 'No federated credential of this client names the issuer that was presented.',
      steps: [
        ADD_CREDENTIAL,
        ADD_TO_IDENTITY,
        {
          say: 'Or correct the issuer of the credential that was meant for this job. Usual causes: a slash at its end; the issuer of github.com where the enterprise or the server has its own; another cluster. These exist:',
          command: LIST_CREDENTIALS,
        },
        WAIT_FOR_CREDENTIAL,
      ],
    },
    {
      codes: ['700212', '7002121'],
      reason: 'No federated credential of this client accepts the audience that was presented.',
      steps: [
        {
          say: 'See which audience the credential of this job has; in {cloud} it is usually {federatedAudience}:',
          command: LIST_CREDENTIALS,
        },
        {
          say: 'Ask GitHub for that audience:',
          yaml: 'audience: AUDIENCE_OF_THE_CREDENTIAL',
          methods: ['oidc'],
        },
        {
          say: 'Or let the credential accept the audience presented (put its name for CREDENTIAL_NAME):',
          command:
            'az ad app federated-credential update --id {clientId} --federated-credential-id CREDENTIAL_NAME --parameters {changedAudience}',
        },
        { say: 'If there is no credential for this issuer and subject yet, add one:', command: CREATE_CREDENTIAL },
        ADD_TO_IDENTITY,
      ],
    },
    {
      codes: ['70021'],
      reason:
        'No federated credential of this client has the issuer, the subject and the audience that were presented.',
      steps: [ADD_CREDENTIAL, ADD_TO_IDENTITY, COMPARE, WAIT_FOR_CREDENTIAL],
    },
    {
      codes: ['70025'],
      reason: 'This client has no federated credential at all.',
      steps: [
        ADD_CREDENTIAL,
        ADD_TO_IDENTITY,
        'Or `client-id` names another application than the one that was set up for this job.',
        {
          say: 'If the job was to sign in by a secret or a certificate, that input is empty or misspelt: without one, the ID token of the job is what signs in.',
          methods: ['oidc'],
        },
        WAIT_FOR_CREDENTIAL,
      ],
    },
    {
      codes: ['700024'],
      reason: 'The token that proves who the client is was too old or not yet valid when Entra ID read it.',
      steps: [
        {
          say: "Run the job again. GitHub's ID token lives five minutes, and each sign-in asks for a new one.",
          methods: ['oidc'],
        },
        {
          say: 'See that the token file is being renewed; a healthy pod gets a new token before the old one ends.',
          methods: ['workload-identity'],
        },
        COMPARE_CLOCK,
        {
          say: 'If not the sign-in but a later step failed with this code, leave `keep-alive` at `true`, or sign in again right before that step.',
          methods: ['oidc', 'workload-identity'],
        },
      ],
    },
    {
      codes: ['50013', '50027', '500133'],
      reason: 'Entra ID could not verify the token that proves who the client is: its signature, its form or its time.',
      steps: [
        RUN_AGAIN,
        {
          say: 'See that the token file holds the token of a service account as the cluster issued it, and nothing else.',
          methods: ['workload-identity'],
        },
        COMPARE_CLOCK,
      ],
    },
    {
      codes: ['50166', '501661'],
      reason: "Entra ID could not fetch the keys of the token's issuer, so it could not check the token.",
      steps: [
        {
          say: 'The issuer has to answer Entra ID from the internet. This shows whether it does:',
          command: 'curl --fail {issuer}/.well-known/openid-configuration',
        },
        RUN_AGAIN,
      ],
    },
    {
      codes: ['7002381'],
      reason:
        "A policy of the tenant accepts GitHub's tokens only from certain GitHub Enterprises, and this repository's token names another one or none. Entra ID's words list those it accepts.",
      steps: [
        'Run the workflow in a repository that belongs to one of those enterprises.',
        'Or ask the administrators of the tenant for another way in. No federated credential can change this.',
      ],
    },
    {
      codes: ['700223', '700238'],
      reason: 'A policy of the tenant blocks federated sign-in, for this issuer or altogether.',
      steps: [
        'Ask the administrators of the tenant to allow the issuer {issuer} in their application management policy.',
        'Until then another method can take its place: a managed identity on a self-hosted runner in Azure, or a certificate.',
      ],
    },
    {
      codes: ['700222', '700226', '700229', '700231'],
      reason:
        'The token that was presented comes from Entra ID itself, which accepts its own tokens as proof only when a managed identity got them directly.',
      steps: [
        "Present the token of another issuer: GitHub's with `auth-type: oidc`, the cluster's own with `auth-type: workload-identity`.",
        { say: 'Or sign in as the managed identity itself:', yaml: 'auth-type: managed-identity' },
      ],
    },
    {
      codes: ['700227'],
      reason: 'Entra ID does not accept the audience {audience} in a federated token.',
      steps: [{ say: 'Ask for the usual one of {cloud}:', yaml: 'audience: {federatedAudience}' }],
    },
  ],
  application: [
    {
      codes: ['700016', '700011', '70001'],
      reason: 'The tenant has no application with this client id.',
      steps: [
        SHOW_APPLICATION,
        {
          say: 'If the application is registered in another tenant and may be used in this one, give it a service principal here:',
          command: 'az ad sp create --id {clientId}',
        },
        SET_CLOUD,
      ],
    },
    {
      codes: ['7000229'],
      reason: 'The application has no service principal in the tenant.',
      steps: [
        {
          say: 'Create it (`az ad app create` alone does not):',
          command: 'az ad sp create --id {clientId}',
        },
      ],
    },
    {
      codes: ['7000112'],
      reason: 'The application is disabled in the tenant.',
      steps: [
        {
          say: 'Find out who disabled it and why. If it may be used, enable it:',
          command: 'az ad sp update --id {clientId} --set accountEnabled=true',
        },
      ],
    },
    {
      codes: ['50105'],
      reason: 'The resource that the token was for admits only those who are assigned to it, and this identity is not.',
      steps: [
        'Assign it: Microsoft Entra admin center > Enterprise applications > the resource > Users and groups; for an application, one of its app roles.',
        {
          say: 'Or let the resource admit everybody in the tenant:',
          command: 'az ad sp update --id RESOURCE_CLIENT_ID --set appRoleAssignmentRequired=false',
        },
      ],
    },
  ],
  secret: [
    {
      codes: ['7000215', '70002'],
      reason: "The client secret matches none of the application's secrets.",
      steps: [
        'Give the value of the secret, not its id: the portal shows both, and the value only once. The id is a GUID; the value is not, and it has no quotation marks around it. In the JSON of `creds`, a quote or a backslash in it has to be escaped.',
        NEW_SECRET,
        WITHOUT_SECRETS,
      ],
    },
    {
      codes: ['7000222'],
      reason: 'The client secret has expired.',
      steps: [NEW_SECRET, WITHOUT_SECRETS],
    },
    {
      codes: ['7000218'],
      reason: 'Entra ID got no proof of who the client is: no secret and no certificate.',
      steps: [
        { say: EMPTY_SECRET, methods: APPLICATION_METHODS },
        {
          say: 'Allow public client flows for the application by which the user signs in:',
          command: 'az ad app update --id {clientId} --is-fallback-public-client true',
          methods: USER_METHODS,
        },
      ],
    },
    {
      codes: ['700025'],
      reason: 'The application is a public client, which must not present a secret or a certificate.',
      steps: [
        {
          say: 'Make it a confidential client:',
          command: 'az ad app update --id {clientId} --is-fallback-public-client false',
        },
        'Or use another application for workflows, and leave this one to its users.',
      ],
    },
  ],
  certificate: [
    {
      codes: ['700027', '50012'],
      reason:
        'Entra ID could not verify the signature: the application does not have this certificate, or the certificate has expired.',
      steps: [LIST_CERTIFICATES, UPLOAD_CERTIFICATE, COMPARE_CLOCK],
    },
    {
      codes: ['700030'],
      reason:
        'The certificate was presented with its chain, and the application trusts no certificate by that subject name.',
      steps: [
        {
          say: 'If the certificate itself is registered with the application, present it alone:',
          yaml: 'send-certificate-chain: false',
        },
        { ...UPLOAD_CERTIFICATE, say: 'If it is not, register its public part (cert.pem, without the private key):' },
        'Or let an administrator add its subject name and issuer to the `trustedCertificateSubjects` of the application.',
      ],
    },
  ],
  tenant: [
    {
      codes: ['90002'],
      reason: '{cloud} has no tenant {tenantId}.',
      steps: [SHOW_TENANT, 'If `tenant-id` holds the client id, exchange the two inputs.', SET_CLOUD],
    },
    {
      codes: ['900023'],
      reason: '{tenantId} is neither the id of a tenant nor a domain.',
      steps: [
        "Give the tenant's id or one of its domains, without quotes, an address or anything else around it.",
        SHOW_TENANT,
        EMPTY_SECRET,
      ],
    },
    {
      codes: ['90038'],
      reason: 'The tenant belongs to another cloud than {cloud}.',
      steps: [
        {
          say: "Name its cloud (`AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`); Entra ID's words say which:",
          yaml: 'environment: {otherCloud}',
        },
      ],
    },
    {
      codes: ['900382', '900432'],
      reason:
        'The application and the tenant belong to different clouds, and Entra ID lets no application sign in across them.',
      steps: [
        {
          say: "Name the tenant's own cloud (`AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`):",
          yaml: 'environment: {otherCloud}',
        },
        'If that is the cloud already, register an application in it: one of another cloud cannot be used.',
      ],
    },
    {
      codes: ['50059', '50128', '90019'],
      reason: 'Entra ID could not tell which tenant the sign-in is for.',
      steps: [
        { say: 'Set `tenant-id` to the id of the tenant:', yaml: 'tenant-id: TENANT_ID' },
        SHOW_TENANT,
        { say: 'See that the domain in the user name is one of the tenant.', methods: USER_METHODS },
      ],
    },
    {
      codes: ['9001023', '90124', '90130', '90133'],
      reason: 'The value of `tenant-id` stands for many tenants, and this sign-in needs one.',
      steps: [
        { say: 'Set `tenant-id` to the id of the tenant:', yaml: 'tenant-id: TENANT_ID' },
        {
          say: 'Or leave `tenant-id` out: a work or school account is then found by its domain.',
          methods: USER_METHODS,
        },
        SHOW_TENANT,
      ],
    },
  ],
  user: [
    {
      codes: ['50034', '51004'],
      reason: 'The tenant does not know this user.',
      steps: [
        'Check `username`: it is the sign-in name, like name@contoso.com, which is not always the mail address, and has no quotation marks around it.',
        SHOW_TENANT,
      ],
    },
    {
      codes: ['16000', '16003', '50014', '50020', '90072'],
      reason: 'The user belongs to another tenant or identity provider.',
      steps: [
        { say: "Set `tenant-id` to the user's own tenant:", yaml: 'tenant-id: TENANT_ID' },
        'Or let an administrator invite the user to this tenant as a guest, and accept the invitation.',
      ],
    },
    {
      codes: ['50126', '50064'],
      reason: 'The user name or the password is wrong.',
      steps: [
        'Check both before you run the job again: after a few wrong tries Entra ID locks the account.',
        'The password of a federated account (AD FS and the like) is not known to Entra ID and cannot be used.',
        USE_SERVICE_PRINCIPAL,
      ],
    },
    {
      codes: ['50053'],
      reason: 'The account is locked after too many wrong passwords, or Entra ID blocks the address of the runner.',
      steps: [
        'Do not run the job again at once: each try keeps the lock. Wait, let an administrator unlock the account, and check the password.',
        'Addresses of GitHub-hosted runners are shared and can be blocked for what others did. The sign-in log says which of the two it was.',
        USE_SERVICE_PRINCIPAL,
      ],
    },
    {
      codes: ['50055', '50144'],
      reason: 'The password has expired.',
      steps: ['Sign in with a browser, change the password, and update the GitHub secret.', USE_SERVICE_PRINCIPAL],
    },
    {
      codes: ['50056'],
      reason: 'The tenant has no password for this user: a guest, a federated or a passwordless account.',
      steps: [USE_SERVICE_PRINCIPAL, 'Or use an account that the tenant keeps a password for.'],
    },
    {
      codes: ['50057'],
      reason: 'The account is disabled.',
      steps: [
        {
          say: 'Find out who disabled it and why. If it may be used, enable it:',
          command: 'az ad user update --id {username} --account-enabled true',
        },
      ],
    },
    {
      codes: ['50072', '50074', '50076', '50078', '50079', '50158'],
      reason: 'Entra ID demands a second factor, and a workflow cannot give one.',
      steps: [
        USE_SERVICE_PRINCIPAL,
        {
          say: 'Azure demands a second factor of every user who manages resources, so an exception for this account does not last.',
          methods: ['password'],
        },
        {
          say: 'Sign in again, and give the second factor in the browser that takes the code.',
          methods: ['device-code'],
        },
      ],
    },
    {
      codes: ['50058', '50132', '50133', '50173', '70008', '70043', '700082'],
      reason: 'The earlier sign-in has ended: it expired, was revoked, or the password was changed.',
      steps: [
        'Sign in again: run the job again, or put the sign-in right before the step that failed.',
        USE_SERVICE_PRINCIPAL,
      ],
    },
  ],
  'device-code': [
    {
      codes: ['70016', 'authorization_pending', 'slow_down'],
      what: 'Nobody confirmed the device code in time.',
      reason: 'The time for the sign-in was over before anybody entered the device code and confirmed it.',
      steps: [
        'Run the job again, open the page that the log names, and enter the code within fifteen minutes.',
        {
          say: 'If the time was too short, raise it (in seconds; a code lives fifteen minutes):',
          yaml: 'timeout-seconds: 900',
        },
      ],
    },
    {
      codes: ['70019', '70020', 'expired_token', 'code_expired'],
      what: 'Nobody confirmed the device code in time.',
      reason: 'The device code expired before anybody entered it and confirmed it.',
      steps: ['Run the job again and enter the new code within fifteen minutes.'],
    },
    {
      codes: ['70018', '90120', 'bad_verification_code'],
      reason: 'The code that was entered is not the one that the log shows, or it was used before.',
      steps: ['Run the job again and copy the new code from the log.'],
    },
    {
      codes: ['authorization_declined'],
      reason: 'The sign-in was declined in the browser that took the code.',
      steps: [
        'If it was you, run the job again and choose Continue when the page asks whether you are trying to sign in.',
        'If nobody on your side did, somebody else saw the code: keep the log of such a job private.',
      ],
    },
    {
      codes: ['50199'],
      reason: 'Entra ID waits for the user to confirm that this sign-in is theirs.',
      steps: ['Run the job again and confirm it in the browser that takes the code.'],
    },
  ],
  policy: [
    {
      codes: ['530036'],
      reason: 'A Conditional Access policy of the tenant blocks sign-in by device code.',
      steps: [USE_SERVICE_PRINCIPAL, SIGN_IN_LOG],
    },
    {
      codes: ['53003', '530032'],
      reason: 'A Conditional Access policy of the tenant blocks this sign-in.',
      steps: [
        SIGN_IN_LOG,
        {
          say: 'A policy for workload identities often admits only certain addresses, and GitHub-hosted runners have none of their own. Use a self-hosted runner, or a larger runner with fixed addresses, and have its address added to the policy.',
          methods: APPLICATION_METHODS,
        },
        { ...USE_SERVICE_PRINCIPAL, methods: USER_METHODS },
      ],
    },
    {
      codes: ['53000', '53001', '53002', '50097', '530003'],
      reason:
        'A Conditional Access policy of the tenant admits users only on managed devices, and a runner is not one.',
      steps: [USE_SERVICE_PRINCIPAL, SIGN_IN_LOG],
    },
    {
      codes: ['53011'],
      reason: 'Entra ID Protection considers this identity compromised and blocks it.',
      steps: [
        'Treat it as compromised until you know better: an administrator of its home tenant investigates the risk, and then dismisses it or replaces the credentials.',
        SIGN_IN_LOG,
      ],
    },
    {
      codes: ['530035'],
      reason: 'The security defaults of the tenant block this way of signing in.',
      steps: [USE_SERVICE_PRINCIPAL],
    },
    {
      codes: ['50002', '500021', '500022'],
      reason: "The runner's network admits sign-ins only to certain tenants, and this one is not among them.",
      steps: [
        'Ask those who run the proxy to add the tenant to its tenant restrictions.',
        'Or run the job on a runner outside that network.',
      ],
    },
  ],
  request: [
    {
      codes: ['65001', '65002', '65005', '90094'],
      reason: 'Nobody has consented to this identity getting a token for the resource.',
      steps: [
        {
          say: 'Let an administrator consent to the permissions that the application asks for:',
          command: 'az ad app permission admin-consent --id {clientId}',
          methods: APPLICATION_METHODS,
        },
        'If the resource is one of your `token-scopes` and not needed, leave it out.',
        { ...USE_SERVICE_PRINCIPAL, methods: USER_METHODS },
      ],
    },
    {
      codes: ['650057', '650056'],
      reason: 'The application does not list the resource among the permissions it asks for.',
      steps: [
        {
          say: 'Add a permission of that resource to the application, then consent:',
          command: 'az ad app permission admin-consent --id {clientId}',
        },
        'If the resource is one of your `token-scopes` and not needed, leave it out.',
      ],
    },
    {
      codes: ['50001', '500011', '650052'],
      reason: 'The tenant does not know the resource that the token was for.',
      steps: [
        "Check `token-scopes`: a resource's address differs from cloud to cloud, and {cloud} is the one signed in to.",
        SET_CLOUD,
        {
          say: 'If the resource is an application of your own, give it a service principal in this tenant:',
          command: 'az ad sp create --id RESOURCE_CLIENT_ID',
        },
      ],
    },
    {
      codes: ['70011', '1002012', '28002', '700022', '700023', 'invalid_scope'],
      reason: 'Entra ID does not accept the scope that was asked for.',
      steps: [
        {
          say: 'Write each line of `token-scopes` as one resource, with or without `/.default` at its end:',
          yaml: 'token-scopes: https://vault.azure.net/.default',
        },
      ],
    },
    {
      codes: ['90009'],
      reason: 'The application asked for a token for itself by a name.',
      steps: [{ say: 'Name it by its client id in `token-scopes`:', yaml: 'token-scopes: {clientId}/.default' }],
    },
    {
      codes: ['90014', '900144'],
      reason: "A field of the request was empty; Entra ID's words name it.",
      steps: [EMPTY_SECRET],
    },
    {
      codes: ['9002313', '90013', '90023', '90100'],
      reason: 'Entra ID could not make sense of the request, most often because an id is malformed.',
      steps: [
        'Check that `client-id` and `tenant-id` are plain ids, without quotes or anything else around them.',
        EMPTY_SECRET,
      ],
    },
    {
      codes: ['100007'],
      reason: "The request went to a regional endpoint of Entra ID, which serves only Microsoft's own services.",
      steps: [{ say: 'Remove this variable from the environment of the runner:', command: 'unset MSAL_FORCE_REGION' }],
    },
  ],
  service: [
    {
      codes: ['90033', '90055', '90006', '90012', '90024', '90090', '50033', 'temporarily_unavailable', 'server_error'],
      reason: 'Entra ID was overloaded or partly down through all tries.',
      steps: [
        'Run the job again in a few minutes. Nothing needs to be changed.',
        'If it lasts, see https://azure.status.microsoft for an outage.',
      ],
    },
    {
      codes: ['50196'],
      reason: 'The same request came too often from this identity, and Entra ID refuses it for a while.',
      steps: [
        'Wait a few minutes before you run the job again: each try prolongs the block.',
        'Sign in once per job, not once per step, and look for jobs of a matrix that sign in as one user at the same moment.',
      ],
    },
  ],
};

export const ENTRA_ERRORS: readonly KnownEntraError[] = Object.entries(TABLE).flatMap(([group, rows]) =>
  rows.map((row) => ({ ...row, group: group as EntraErrorGroup, steps: row.steps.map(stepTemplate) })),
);

/** The codes by which Entra ID says that no federated credential matches, and what it was that did not. */
export const FEDERATED_MISMATCHES: Readonly<Record<string, 'subject' | 'other'>> = {
  700211: 'other',
  700212: 'other',
  7002121: 'other',
  700213: 'subject',
  7002138: 'other',
  70021: 'subject',
  70025: 'subject',
};

const BY_CODE: ReadonlyMap<string, KnownEntraError> = new Map(
  ENTRA_ERRORS.flatMap((known) => known.codes.map((code) => [code, known] as const)),
);

/** A row of the table with the user's own values filled in. */
interface FilledEntraError {
  /** `unknown` for a code that the table does not have. */
  readonly group: EntraErrorGroup | 'unknown';
  /** `''` for a code that the table does not have. */
  readonly reason: string;
  /** As in `KnownEntraError`. */
  readonly what?: string;
  readonly steps: readonly Step[];
}

/** What an error of Entra ID means for this sign-in and what to do about it. */
export function knownEntraError(
  answer: Pick<EntraErrorAnswer, 'code' | 'error'>,
  facts: SignInFacts,
): FilledEntraError {
  // The device code flow is steered by the OAuth error; the codes beside it vary.
  const byError = BY_CODE.get(answer.error);
  const known = (facts.method === 'device-code' ? byError : undefined) ?? BY_CODE.get(answer.code) ?? byError;
  if (known === undefined) return { group: 'unknown', reason: '', steps: generalSteps(answer.code, facts) };
  const values = templateValues(facts);
  return {
    group: known.group,
    reason: filled(known.reason, values),
    ...(known.what === undefined ? {} : { what: known.what }),
    steps: known.steps
      .filter((step) => step.methods?.includes(facts.method) ?? true)
      .map((step) => filledStep(step, values)),
  };
}

/** What helps with a code that the table does not know. */
function generalSteps(code: string, facts: SignInFacts): readonly Step[] {
  const log = USER_METHODS.includes(facts.method) ? 'User sign-ins' : 'Service principal sign-ins';
  return [
    ...(code === '' ? [] : [`Look the code up at Microsoft: https://login.microsoftonline.com/error?code=${code}`]),
    `An administrator of the tenant sees more in the sign-in log: Microsoft Entra admin center > Monitoring & health > Sign-in logs > ${log}, by the correlation id.`,
    'Check `tenant-id`, the ids of the account and `environment`: most refusals come from a wrong id.',
  ].map((say) => ({ say }));
}

/** The values for the templates; a stand-in in capitals where one is not known. */
export function templateValues(facts: SignInFacts): TemplateValues {
  const { cloud, presented } = facts;
  const issuer = presented?.issuer || STAND_INS.issuer;
  const subject = presented?.subject || STAND_INS.subject;
  const audience = presented?.audience || cloud.federatedAudience;
  const name = presented?.subject ? credentialName(presented.subject) : STAND_INS.credentialName;
  return {
    audience,
    changedAudience: jsonArgument({ audiences: [audience] }),
    changedSubject: jsonArgument({ subject }),
    clientId: facts.clientId || STAND_INS.clientId,
    cloud: cloud.name,
    credentialName: name,
    federatedAudience: cloud.federatedAudience || 'AUDIENCE',
    federatedCredential: jsonArgument({ name, issuer, subject, audiences: [audience] }),
    issuer,
    otherCloud:
      cloud.name !== 'AzureCloud' && Object.hasOwn(KNOWN_CLOUDS, cloud.name) ? 'AzureCloud' : 'AzureUSGovernment',
    subject,
    tenantId: facts.tenantId || STAND_INS.tenantId,
    thumbprint: facts.thumbprint || STAND_INS.thumbprint,
    username: facts.username || STAND_INS.username,
  };
}
